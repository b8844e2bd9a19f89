// SPDX-License-Identifier: Apache-2.0
#include "app/restore.h"

#include "app/copied_catalog.h"
#include "app/data_lock.h"
#include "app/work_crew.h"
#include "base/try.h"
#include "blob/fs/fs_layout.h"
#include "blob/object_hash.h"
#include "meta/schema.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <mutex>
#include <sys/file.h>
#include <system_error>

namespace berth::app {
namespace {

/// A directory of our own that is gone at the end.
class Scratch {
  public:
    static Result<Scratch> make() {
        std::string name = (std::filesystem::temp_directory_path() / "berth-check-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            return fail(io::file_error(errno, "creation of directory", name));
        }
        return Scratch(name);
    }

    ~Scratch() {
        std::error_code ignored;
        if (!path_.empty()) {
            std::filesystem::remove_all(path_, ignored);
        }
    }

    Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, {})) {}

    Scratch& operator=(Scratch&&) = delete;

    const std::filesystem::path& path() const { return path_; }

  private:
    explicit Scratch(std::filesystem::path path) : path_(std::move(path)) {}

    std::filesystem::path path_;
};

/// What is wrong with an object of a backup; nullopt: nothing.
std::optional<Finding> judge(io::FileSystem& files, const blob::FsLayout& layout,
                             const meta::BlobRecord& blob, bool hash) {
    const std::string subject = blob.digest ? blob.digest->text() : blob.location;
    const auto path = layout.blob_path(blob::Location(blob.location));
    if (!path || !blob.digest) {
        return Finding{FindingKind::damaged_catalog, subject, "its row names no object", ""};
    }
    const Result<io::FileHandle> file = files.open_read(*path);
    if (!file) {
        const bool absent = file.error().code == Errc::upload_unknown;
        return Finding{absent ? FindingKind::missing_blob : FindingKind::unreadable_blob, subject,
                       file.error().log_detail, ""};
    }
    const Result<std::uint64_t> size = io::file_size(*file);
    if (!size || *size != blob.size) {
        return Finding{FindingKind::damaged_blob, subject,
                       fmt::format("{} does not have {} bytes", blob.location, blob.size), ""};
    }
    if (!hash) {
        return std::nullopt;
    }
    const auto digest = blob::hash_object(*file, blob.size, blob.digest->algorithm());
    if (!digest) {
        return Finding{FindingKind::unreadable_blob, subject, digest.error().log_detail, ""};
    }
    if (*digest != *blob.digest) {
        return Finding{FindingKind::damaged_blob, subject, blob.location + " has another digest",
                       ""};
    }
    return std::nullopt;
}

/// Nobody makes a backup there meanwhile: at its end it removes what the one that is read here
/// names. A copy may lack the file, or lie where nothing can be locked; nothing is made there.
Result<io::FileHandle> lock_for_reading(const std::filesystem::path& directory) {
    const std::filesystem::path path = directory / kBackupLockName;
    io::FileHandle lock(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (lock.is_open() && ::flock(lock.fd(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        return fail(Errc::conflict, "a backup is being made in " + directory.string());
    }
    return lock;
}

Result<void> require_empty(const std::filesystem::path& target) {
    std::error_code failed;
    if (!std::filesystem::exists(target, failed)) {
        return {};
    }
    if (!std::filesystem::is_directory(target, failed) ||
        !std::filesystem::is_empty(target, failed)) {
        return fail(Errc::conflict, target.string() +
                                        " is not an empty directory: a restore writes over "
                                        "nothing, name a new one");
    }
    return {};
}

Result<void> copy_catalog(io::FileSystem& files, const std::filesystem::path& from,
                          const std::filesystem::path& to, std::uint64_t size) {
    const io::FileHandle made(::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!made.is_open()) {
        return fail(io::file_error(errno, "open", to));
    }
    BERTH_TRY(const io::FileHandle source, files.open_read(from));
    std::vector<std::byte> buffer(1 << 20);
    for (std::uint64_t at = 0; at < size;) {
        const std::size_t piece = std::min<std::uint64_t>(buffer.size(), size - at);
        const MutableBytes bytes = std::span(buffer).first(piece);
        BERTH_TRY_VOID(io::read_exactly(source, bytes, at));
        BERTH_TRY_VOID(files.write_at(made, bytes, at));
        at += piece;
    }
    return files.sync(made);
}

/// One restore.
class Restoring {
  public:
    Restoring(std::filesystem::path directory, std::filesystem::path target, RestoreOptions options,
              Progress& progress)
        : directory_(std::move(directory)),
          target_(std::move(target)),
          options_(options),
          progress_(progress),
          files_(io::real_file_system()),
          carrier_(*files_, options.method),
          from_(directory_),
          to_(target_) {}

    Result<RestoreOutcome> run() {
        BERTH_TRY(const io::FileHandle reading, lock_for_reading(directory_));
        BERTH_TRY(outcome_.record, open_backup(directory_));
        BERTH_TRY_VOID(require_empty(target_));
        // No server starts here before it is done.
        BERTH_TRY(const io::FileHandle lock, lock_data_directory(target_));
        const std::filesystem::path draft = target_ / "catalog.db.partial";
        BERTH_TRY_VOID(copy_catalog(*files_, directory_ / outcome_.record.catalog, draft,
                                    outcome_.record.catalog_bytes));
        {
            BERTH_TRY(const auto catalog, db::SqliteDatabase::open(draft, meta::migrations()));
            BERTH_TRY_VOID(bring_all(*catalog));
        }
        BERTH_TRY_VOID(finish(draft));
        return std::move(outcome_);
    }

  private:
    Result<void> bring_all(db::SqliteDatabase& catalog) {
        progress_.begin("restoring objects", outcome_.record.totals.bytes_in_files);
        ObjectRows rows(catalog);
        BERTH_TRY_VOID(share_work<meta::BlobRecord>(
            [&rows] { return rows.next(); },
            [this](const meta::BlobRecord& blob) { return bring(blob); }));
        for (const meta::BlobRecord& blob : lost_) {
            BERTH_TRY_VOID(write_to(catalog, [&blob](db::Session& session) {
                return meta::mark_blob_damaged(session, blob.id, blob.location);
            }));
            outcome_.damaged.push_back(blob.digest ? blob.digest->text() : blob.location);
        }
        return {};
    }

    Result<void> bring(const meta::BlobRecord& blob) {
        const auto wrong = judge(*files_, from_, blob, options_.verify);
        if (wrong && wrong->kind == FindingKind::unreadable_blob) {
            return fail(Errc::io_error, wrong->subject + ": " + wrong->detail);
        }
        if (wrong) {
            const std::lock_guard lock(mutex_);
            lost_.push_back(blob);
            return {};
        }
        const blob::Location location(blob.location);
        BERTH_TRY(const ObjectCarrier::Outcome carried,
                  carrier_.carry(*from_.blob_path(location), *to_.blob_path(location), blob.size,
                                 [this](std::uint64_t bytes) { progress_.add(bytes); }));
        if (carried != ObjectCarrier::Outcome::brought) {
            return fail(Errc::io_error, blob.location + " went while it was restored");
        }
        const std::lock_guard lock(mutex_);
        ++outcome_.objects;
        outcome_.bytes += blob.size;
        return {};
    }

    // The catalog gets its name last: without it nothing looks like a registry.
    Result<void> finish(const std::filesystem::path& draft) {
        BERTH_TRY(const io::FileHandle file, files_->open_write(draft, false));
        BERTH_TRY_VOID(files_->sync(file));
        BERTH_TRY_VOID(io::make_directories(to_.blobs()));
        BERTH_TRY_VOID(io::make_directories(to_.uploads()));
        BERTH_TRY_VOID(carrier_.sync_directories(target_));
        if (std::rename(draft.c_str(), (target_ / "catalog.db").c_str()) != 0) {
            return fail(io::file_error(errno, "rename", draft));
        }
        BERTH_TRY_VOID(files_->sync_directory(target_));
        BERTH_TRY_VOID(files_->sync_directory(target_.parent_path()));
        if (const auto method = carrier_.used()) {
            outcome_.method = name_of(*method);
        }
        return {};
    }

    const std::filesystem::path directory_;
    const std::filesystem::path target_;
    const RestoreOptions options_;
    Progress& progress_;
    std::unique_ptr<io::FileSystem> files_;
    ObjectCarrier carrier_;
    const blob::FsLayout from_;
    const blob::FsLayout to_;
    RestoreOutcome outcome_;
    std::mutex mutex_;  // of outcome_ and lost_ while objects are brought
    std::vector<meta::BlobRecord> lost_;
};

}  // namespace

Result<BackupRecord> open_backup(const std::filesystem::path& directory) {
    BERTH_TRY(std::optional<BackupRecord> record, read_backup_record(directory));
    if (!record) {
        return fail(Errc::io_error,
                    "no complete backup in " + directory.string() +
                        ": it has no backup.json, which berth backup writes when all is there");
    }
    const std::unique_ptr<io::FileSystem> files = io::real_file_system();
    BERTH_TRY(const std::string digest, digest_of_file(*files, directory / record->catalog));
    if (digest != record->catalog_digest) {
        return fail(Errc::corrupt, (directory / record->catalog).string() +
                                       " is damaged: it is not what backup.json says");
    }
    return *std::move(record);
}

Result<RestoreOutcome> restore(const std::filesystem::path& directory,
                               const std::filesystem::path& target, RestoreOptions options,
                               Progress& progress) {
    Restoring restoring(directory, target, options, progress);
    return restoring.run();
}

// Rows are read from a copy: a backup may lie where nothing can be written.
Result<void> check_backup(const std::filesystem::path& directory, bool quick, VerifyReport& report,
                          Progress& progress) {
    const auto began = std::chrono::steady_clock::now();
    BERTH_TRY(const io::FileHandle reading, lock_for_reading(directory));
    BERTH_TRY(const BackupRecord record, open_backup(directory));
    BERTH_TRY(const Scratch scratch, Scratch::make());
    const std::unique_ptr<io::FileSystem> files = io::real_file_system();
    const std::filesystem::path copy = scratch.path() / "catalog.db";
    BERTH_TRY_VOID(copy_catalog(*files, directory / record.catalog, copy, record.catalog_bytes));
    BERTH_TRY(const auto catalog, db::SqliteDatabase::open(copy, meta::migrations()));
    progress.begin(quick ? "comparing objects" : "hashing objects", record.totals.bytes_in_files);
    const blob::FsLayout layout(directory);
    ObjectRows rows(*catalog);
    const auto check = [&](const meta::BlobRecord& blob) -> Result<void> {
        report.count([&](VerifyCounts& counts) {
            ++counts.blobs;
            ++counts.objects;
            counts.bytes_hashed += quick ? 0 : blob.size;
        });
        progress.add(blob.size);
        if (auto wrong = judge(*files, layout, blob, !quick)) {
            report.add(*std::move(wrong));
        }
        return {};
    };
    BERTH_TRY_VOID(share_work<meta::BlobRecord>([&rows] { return rows.next(); }, check));
    report.count([&record](VerifyCounts& counts) {
        counts.manifests = record.totals.manifests;
        counts.blobs += record.totals.blobs_in_catalog;
        counts.blobs_in_catalog = record.totals.blobs_in_catalog;
    });
    report.set_elapsed(std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - began));
    return {};
}

}  // namespace berth::app
