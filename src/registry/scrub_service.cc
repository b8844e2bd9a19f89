// SPDX-License-Identifier: Apache-2.0
#include "registry/scrub_service.h"

#include "base/try.h"
#include "blob/object_hash.h"
#include "meta/upkeep.h"
#include "oci/hasher.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

namespace berth::registry {
namespace {

constexpr const char* kUpkeepName = "scrub";
/// Rows between two notes of how far it is: each note is a transaction, not synced.
constexpr std::uint32_t kRowsAtOnce = 64;
/// What looking at a row costs beside its bytes, in bytes, so that a million small blobs are not
/// read in one go.
constexpr std::uint64_t kRowCost = 16 * kKiB;

std::string digest_text(const meta::BlobRecord& row) {
    return row.digest ? row.digest->text() : fmt::format("row {}", row.id);
}

std::int64_t number_in(std::string_view text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

ScrubService::ScrubService(db::Database& database, blob::BlobStore& store, io::BlockingPool& pool,
                           telemetry::Logger& log)
    : database_(database), store_(store), pool_(pool), log_(log) {}

ScrubStatistics ScrubService::statistics() const {
    const std::lock_guard lock(mutex_);
    return statistics_;
}

// The value is `CURSOR COMPLETED`, an id and ticks.
io::Task<Result<void>> ScrubService::resume() {
    auto find = [](db::Session& session) { return meta::find_upkeep(session, kUpkeepName); };
    BERTH_CO_TRY(const auto row, co_await database_.read(find));
    if (row) {
        const std::string_view value = row->value;
        const std::size_t blank = std::min(value.find(' '), value.size());
        cursor_ = number_in(value.substr(0, blank));
        const Timestamp completed{number_in(value.substr(std::min(blank + 1, value.size())))};
        count([this, completed](ScrubStatistics& statistics) {
            statistics.cursor = cursor_;
            statistics.pass_completed = completed;
        });
    }
    co_return Result<void>();
}

io::Task<Result<bool>> ScrubService::check(ScrubPace& pace) {
    auto next = [this](db::Session& session) {
        return meta::stored_blobs_after(session, cursor_, kRowsAtOnce);
    };
    BERTH_CO_TRY(const std::vector<meta::BlobRecord> rows, co_await database_.read(next));
    for (const meta::BlobRecord& row : rows) {
        BERTH_CO_TRY(const bool goes_on, co_await check_row(row, pace));
        if (!goes_on) {
            BERTH_CO_TRY_VOID(co_await remember(false));
            co_return false;
        }
        cursor_ = row.id;
    }
    const bool completed = rows.empty();
    BERTH_CO_TRY_VOID(co_await remember(completed));
    co_return completed;
}

// A row that looks wrong is read again as of now, and its bytes once more: things move while they
// are looked at.
io::Task<Result<bool>> ScrubService::check_row(const meta::BlobRecord& row, ScrubPace& pace) {
    if (!row.must_be_there()) {
        co_return true;
    }
    Verdict verdict = co_await judge(row, pace);
    if (verdict == Verdict::damaged) {
        BERTH_CO_TRY(const auto now, co_await current(row));
        if (!now) {
            co_return true;
        }
        verdict = co_await judge(*now, pace);
        if (verdict == Verdict::damaged) {
            BERTH_CO_TRY_VOID(co_await condemn(*now));
        }
    }
    if (verdict == Verdict::interrupted) {
        co_return false;
    }
    if (verdict == Verdict::intact && !row.in_catalog()) {
        verified_.push_back(row);
    }
    count([&row, verdict](ScrubStatistics& statistics) {
        ++statistics.blobs_checked;
        statistics.bytes_checked += row.size;
        statistics.unreadable += verdict == Verdict::unreadable ? 1 : 0;
    });
    const bool goes_on = co_await pace.worked(kRowCost);
    co_return goes_on;
}

io::Task<ScrubService::Verdict> ScrubService::judge(const meta::BlobRecord& row, ScrubPace& pace) {
    if (!row.digest) {
        co_return Verdict::unreadable;  // a damaged row: nothing can be said about its bytes
    }
    if (!row.in_catalog()) {
        const Verdict verdict = co_await judge_file(row, pace);
        co_return verdict;
    }
    const bool intact = row.bytes.size() == row.size &&
                        oci::digest_of(row.digest->algorithm(), as_bytes(row.bytes)) == *row.digest;
    co_return intact ? Verdict::intact : Verdict::damaged;
}

io::Task<ScrubService::Verdict> ScrubService::judge_file(const meta::BlobRecord& row,
                                                         ScrubPace& pace) {
    const blob::Location location(row.location);
    const auto opened = co_await store_.open(location, row.size);
    if (!opened) {
        if (opened.error().code == Errc::corrupt) {
            co_return Verdict::damaged;
        }
        log_.failure(telemetry::Level::error, "scrub_unreadable", opened.error(),
                     {{"digest", digest_text(row)}});
        co_return Verdict::unreadable;
    }
    blob::ObjectHash hash(opened->file, row.size, row.digest->algorithm());
    auto step = [&hash] { return hash.step(); };
    while (!hash.is_done()) {
        const Result<std::uint64_t> read = co_await pool_.run(step);
        if (!read && read.error().code == Errc::unavailable) {
            const bool again = co_await pace.worked(kRowCost);  // requests come first
            if (!again) {
                co_return Verdict::interrupted;
            }
            continue;
        }
        if (!read && read.error().code == Errc::corrupt) {
            co_return Verdict::damaged;
        }
        if (!read) {
            log_.failure(telemetry::Level::error, "scrub_unreadable", read.error(),
                         {{"digest", digest_text(row)}});
            co_return Verdict::unreadable;
        }
        const bool goes_on = co_await pace.worked(*read);
        if (!goes_on) {
            co_return Verdict::interrupted;
        }
    }
    co_return hash.finish() == *row.digest ? Verdict::intact : Verdict::damaged;
}

/// The row as it is now, if its bytes must still be there.
io::Task<Result<std::optional<meta::BlobRecord>>> ScrubService::current(
    const meta::BlobRecord& row) {
    auto find = [&row](db::Session& session) { return meta::find_stored_blob(session, row.id); };
    BERTH_CO_TRY(std::optional<meta::BlobRecord> now, co_await database_.read(find));
    if (now && !now->must_be_there()) {
        co_return std::nullopt;
    }
    co_return now;
}

// The copy of bytes in the catalog first, while the row has them; the object after the mark, from
// which on nobody is sent to it.
io::Task<Result<void>> ScrubService::condemn(const meta::BlobRecord& row) {
    if (row.in_catalog()) {
        std::string name = digest_text(row);
        std::ranges::replace(name, ':', '-');
        BERTH_CO_TRY_VOID(co_await store_.keep_in_quarantine(name, as_bytes(row.bytes)));
    }
    auto mark = [&row](db::Session& session) -> Result<bool> {
        BERTH_TRY(const auto now, meta::find_stored_blob(session, row.id));
        if (!now || now->bytes != row.bytes) {
            return false;
        }
        return meta::mark_blob_damaged(session, row.id, row.location);
    };
    BERTH_CO_TRY(const bool marked, co_await database_.write(mark));
    if (!marked) {
        co_return Result<void>();  // it was healed, or went
    }
    count([](ScrubStatistics& statistics) { ++statistics.damaged; });
    log_.error("blob_damaged", {{"digest", digest_text(row)},
                                {"location", row.location},
                                {"size", row.size},
                                {"advice", "push it again; the bytes are in quarantine/"}});
    if (!row.in_catalog()) {
        const blob::Location location(row.location);
        BERTH_CO_TRY_VOID(co_await store_.quarantine(location));
    }
    co_return Result<void>();
}

io::Task<Result<void>> ScrubService::remember(bool completed) {
    const Timestamp at = now();
    Timestamp last = statistics().pass_completed;
    if (completed) {
        cursor_ = 0;
        last = at;
    }
    auto note = [&](db::Session& session) -> Result<void> {
        for (const meta::BlobRecord& row : verified_) {
            BERTH_TRY_VOID(meta::mark_blob_verified(session, row.id, row.location, at));
        }
        return meta::set_upkeep(session, kUpkeepName, fmt::format("{} {}", cursor_, last.ticks),
                                at);
    };
    BERTH_CO_TRY_VOID(co_await database_.write(note, db::Durability::relaxed));
    verified_.clear();
    count([&](ScrubStatistics& statistics) {
        statistics.cursor = cursor_;
        statistics.pass_completed = last;
        statistics.passes += completed ? 1 : 0;
    });
    co_return Result<void>();
}

}  // namespace berth::registry
