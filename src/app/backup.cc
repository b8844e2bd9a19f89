// SPDX-License-Identifier: Apache-2.0
#include "app/backup.h"

#include "app/copied_catalog.h"
#include "app/version.h"
#include "app/work_crew.h"
#include "base/try.h"
#include "db/sqlite_snapshot.h"
#include "meta/garbage.h"
#include "meta/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>

namespace berth::app {
namespace {

/// Nothing is collected for so long after the last time the backup asked; a backup that died holds
/// garbage up no longer.
constexpr std::int64_t kHoldSeconds = 900;
constexpr std::chrono::seconds kAskAgain{300};
/// Each newer instant leaves less to bring; a collector that is faster this often never rests.
constexpr std::uint32_t kInstantsMax = 50;

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

}  // namespace

Backup::Backup(Management& management, std::filesystem::path data, std::filesystem::path target,
               std::optional<CarryMethod> method, Progress& progress)
    : management_(management),
      data_(std::move(data)),
      target_(std::move(target)),
      progress_(progress),
      files_(io::real_file_system()),
      carrier_(*files_, method),
      from_(data_),
      to_(target_) {}

Result<BackupOutcome> Backup::run() {
    outcome_.record.program = first_line(version_text());
    outcome_.record.began_at = management_.now();
    BERTH_TRY_VOID(prepare_target());
    BERTH_TRY(const auto earlier, read_backup_record(target_));
    BERTH_TRY_VOID(drop_leftovers(earlier ? earlier->catalog : std::string()));
    bool complete_now = false;
    while (!complete_now) {
        if (outcome_.instants == kInstantsMax) {
            return fail(Errc::unavailable,
                        "objects were collected faster than they could be copied: raise gc.grace");
        }
        BERTH_TRY(complete_now, attempt());
    }
    BERTH_TRY_VOID(release_bytes());
    BERTH_TRY_VOID(complete());
    return std::move(outcome_);
}

/// Under mutex_ once there are threads.
Result<void> Backup::hold_bytes() {
    const auto now = std::chrono::steady_clock::now();
    if (now < hold_ends_) {
        return {};
    }
    hold_ends_ = now + kAskAgain;
    return keep_bytes_for(kHoldSeconds);
}

Result<void> Backup::release_bytes() {
    return keep_bytes_for(0);
}

// The collector notes what it removes before it does: where nothing can be noted it removes
// nothing. Should that change before the backup asks again, what it then misses it takes from a
// newer instant.
Result<void> Backup::keep_bytes_for(std::int64_t seconds) {
    Result<void> noted = management_.note([this, seconds](db::Session& session) {
        const Timestamp at = berth::now();
        const Timestamp until{at.ticks + seconds * kTicksPerSecond};
        return meta::keep_bytes_until(session, holder_, until, at);
    });
    const bool unwritable =
        !noted && (noted.error().code == Errc::disk_full || noted.error().code == Errc::read_only);
    return unwritable ? Result<void>() : noted;
}

// The owner's alone: the catalog has password hashes and the key that signs tokens.
Result<void> Backup::prepare_target() {
    if (::mkdir(target_.c_str(), 0700) != 0 && errno != EEXIST) {
        return fail(io::file_error(errno, "creation of directory", target_));
    }
    BERTH_TRY(const auto names, io::list_directory(target_));
    const bool is_place = names.empty() || std::ranges::find(names, kBackupLockName) != names.end();
    if (!is_place) {
        return fail(Errc::conflict, target_.string() +
                                        " is not empty and was not made by berth backup: name a "
                                        "directory of its own");
    }
    const std::filesystem::path path = target_ / kBackupLockName;
    lock_ = io::FileHandle(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock_.is_open()) {
        return fail(io::file_error(errno, "open", path));
    }
    if (::flock(lock_.fd(), LOCK_EX | LOCK_NB) != 0) {
        return fail(Errc::conflict,
                    "another backup is being made in, or restored from, " + target_.string());
    }
    return {};
}

/// Copies of the catalog that no record names, with what SQLite left beside them.
Result<void> Backup::drop_leftovers(const std::string& current) {
    BERTH_TRY(const auto names, io::list_directory(target_));
    for (const std::string& name : names) {
        if (name.starts_with("catalog.") && (current.empty() || !name.starts_with(current))) {
            BERTH_TRY_VOID(files_->remove(target_ / name));
        }
    }
    return {};
}

// True when everything that the catalog of one instant names is there.
Result<bool> Backup::attempt() {
    ++outcome_.instants;
    BERTH_TRY_VOID(hold_bytes());
    BERTH_TRY_VOID(take_catalog());
    const std::filesystem::path file = target_ / outcome_.record.catalog;
    bool whole = false;
    {
        BERTH_TRY(const auto copy, db::SqliteDatabase::open_migrated(file, meta::migrations()));
        if (!copy) {
            return fail(Errc::unsupported, "the catalog is of an older program");
        }
        BERTH_TRY_VOID(
            write_to(*copy, [](db::Session& session) { return meta::strip_for_backup(session); }));
        BERTH_TRY(whole, bring_objects(*copy));
        if (whole) {
            BERTH_TRY_VOID(mark_damaged(*copy));
            BERTH_TRY_VOID(find_unnamed(*copy));
            BERTH_TRY(outcome_.record.totals, read_from(*copy, [](db::Session& session) {
                          return meta::catalog_totals(session);
                      }));
        }
    }
    if (!whole) {
        BERTH_TRY_VOID(files_->remove(file));
    }
    return whole;
}

Result<void> Backup::take_catalog() {
    outcome_.record.catalog = fmt::format("catalog.{}.db", berth::now().ticks);
    progress_.begin("copying the catalog", 0);
    std::uint64_t shown = 0;
    return db::copy_snapshot(data_ / "catalog.db", target_ / outcome_.record.catalog,
                             [this, &shown](std::uint64_t done, std::uint64_t) {
                                 progress_.add(done - std::min(done, shown));
                                 shown = done;
                             });
}

Result<bool> Backup::bring_objects(db::SqliteDatabase& copy) {
    BERTH_TRY(const auto totals,
              read_from(copy, [](db::Session& session) { return meta::catalog_totals(session); }));
    progress_.begin("bringing objects", totals.bytes_in_files);
    vanished_ = false;
    damaged_.clear();
    outcome_.kept = 0;
    ObjectRows rows(copy);
    const auto next = [&]() -> Result<std::optional<meta::BlobRecord>> {
        if (vanished_) {
            return std::nullopt;
        }
        return rows.next();
    };
    BERTH_TRY_VOID(share_work<meta::BlobRecord>(
        next, [this](const meta::BlobRecord& blob) { return bring(blob); }));
    return !vanished_;
}

Result<void> Backup::bring(const meta::BlobRecord& blob) {
    const blob::Location location(blob.location);
    const auto from = from_.blob_path(location);
    const auto to = to_.blob_path(location);
    if (!from || !to) {
        return judge_loss(blob);
    }
    BERTH_TRY(const ObjectCarrier::Outcome carried,
              carrier_.carry(*from, *to, blob.size,
                             [this](std::uint64_t bytes) { progress_.add(bytes); }));
    if (carried == ObjectCarrier::Outcome::source_missing ||
        carried == ObjectCarrier::Outcome::source_damaged) {
        return judge_loss(blob);
    }
    const std::lock_guard lock(mutex_);
    BERTH_TRY_VOID(hold_bytes());
    if (carried == ObjectCarrier::Outcome::brought) {
        ++outcome_.brought;
        outcome_.brought_bytes += blob.size;
    } else {
        ++outcome_.kept;
        progress_.add(blob.size);
    }
    return {};
}

// An object that the catalog still wants is damage, which was there before; the backup says so and
// goes on. One that it does not want any more was collected: then a newer instant is needed.
Result<void> Backup::judge_loss(const meta::BlobRecord& blob) {
    const std::lock_guard lock(mutex_);
    BERTH_TRY(const auto now, management_.read([&blob](db::Session& session) {
        return meta::find_stored_blob(session, blob.id);
    }));
    if (now && now->must_be_there() && now->location == blob.location) {
        damaged_.push_back(blob);
    } else {
        vanished_ = true;
    }
    return {};
}

// Unknown in the backup, so that a client pushes it again where that is restored.
Result<void> Backup::mark_damaged(db::SqliteDatabase& copy) {
    for (const meta::BlobRecord& blob : damaged_) {
        BERTH_TRY_VOID(write_to(copy, [&blob](db::Session& session) {
            return meta::mark_blob_damaged(session, blob.id, blob.location);
        }));
        outcome_.damaged.push_back(blob.digest ? blob.digest->text() : blob.location);
    }
    outcome_.record.damaged = damaged_.size();
    return {};
}

// Everything durable, then the record: from there on this is the backup.
Result<void> Backup::complete() {
    const std::filesystem::path catalog = target_ / outcome_.record.catalog;
    {
        BERTH_TRY(const io::FileHandle file, files_->open_write(catalog, false));
        BERTH_TRY_VOID(files_->sync(file));
        BERTH_TRY(outcome_.record.catalog_bytes, io::file_size(file));
    }
    BERTH_TRY(outcome_.record.catalog_digest, digest_of_file(*files_, catalog));
    BERTH_TRY_VOID(carrier_.sync_directories(target_));
    BERTH_TRY_VOID(files_->sync_directory(target_.parent_path()));
    outcome_.record.completed_at = berth::now();
    BERTH_TRY_VOID(write_backup_record(target_, outcome_.record));
    BERTH_TRY_VOID(drop_leftovers(outcome_.record.catalog));
    BERTH_TRY_VOID(remove_unnamed());
    if (const auto method = carrier_.used()) {
        outcome_.method = name_of(*method);
    }
    return {};
}

// While the copy is open for questions; removed only when the record does not need it any more.
// What an interrupted run left half made goes too.
Result<void> Backup::find_unnamed(db::SqliteDatabase& copy) {
    unnamed_.clear();
    std::error_code ignored;
    for (const auto algorithm : {oci::Algorithm::sha256, oci::Algorithm::sha512}) {
        const std::filesystem::path folder = to_.of_algorithm(algorithm);
        if (!std::filesystem::is_directory(folder, ignored)) {
            continue;
        }
        BERTH_TRY(const auto shards, io::list_directory(folder));
        for (const std::string& shard : shards) {
            std::string prefix(oci::name_of(algorithm));
            prefix.append("/").append(shard).append("/");
            BERTH_TRY_VOID(find_unnamed_of(copy, folder / shard, prefix));
        }
    }
    return {};
}

Result<void> Backup::find_unnamed_of(db::SqliteDatabase& copy, const std::filesystem::path& shard,
                                     const std::string& prefix) {
    BERTH_TRY(const auto names, io::list_directory(shard));
    for (const std::string& name : names) {
        const auto object = blob::FsLayout::parse_location(blob::Location(prefix + name));
        if (object) {
            BERTH_TRY(const auto named, read_from(copy, [&object](db::Session& session) {
                          return meta::find_location(session, object->digest);
                      }));
            if (named == prefix + name) {
                continue;
            }
        } else if (!name.ends_with(".partial")) {
            continue;
        }
        unnamed_.push_back(shard / name);
    }
    return {};
}

Result<void> Backup::remove_unnamed() {
    for (const std::filesystem::path& path : unnamed_) {
        BERTH_TRY_VOID(files_->remove(path));
        ++outcome_.removed;
    }
    return {};
}

}  // namespace berth::app
