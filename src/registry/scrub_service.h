// SPDX-License-Identifier: Apache-2.0
//
// The check in the background: reads every stored blob again, slowly, in the order of the rows, and
// goes on after a restart where it was. Bytes that twice have another digest than they must, and
// objects that are missing or too short, are marked damaged and put into quarantine, so that
// clients find out and push them again; a device that cannot be read proves nothing about the
// bytes, which is logged and counted and nothing else. docs/verify.md. check() is called by one
// coroutine; statistics() by any thread.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "blob/blob_store.h"
#include "db/sql.h"
#include "io/blocking.h"
#include "io/task.h"
#include "meta/stored_blobs.h"
#include "telemetry/log.h"

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace berth::registry {

struct ScrubStatistics {
    std::uint64_t blobs_checked = 0;  // since the start of the process, as all but the last two
    std::uint64_t bytes_checked = 0;
    std::uint64_t damaged = 0;
    std::uint64_t unreadable = 0;
    std::uint64_t passes = 0;
    Timestamp pass_completed;  // ever; 0: never
    std::int64_t cursor = 0;   // id of the last row that was checked in this pass; 0: none begun
};

/// How fast to go, and whether at all. Called after each piece of work.
class ScrubPace {
  public:
    virtual ~ScrubPace() = default;
    /// Returns when the next piece may begin; false: end here.
    virtual io::Task<bool> worked(std::uint64_t bytes) = 0;
};

class ScrubService {
  public:
    /// References must outlive the service.
    ScrubService(db::Database& database, blob::BlobStore& store, io::BlockingPool& pool,
                 telemetry::Logger& log);

    /// Reads where the last process was. Before the first check().
    io::Task<Result<void>> resume();
    /// Checks some rows and remembers it. True when that ended a pass: nothing is left for now.
    io::Task<Result<bool>> check(ScrubPace& pace);

    ScrubStatistics statistics() const;

  private:
    enum class Verdict : std::uint8_t { intact, damaged, unreadable, interrupted };

    io::Task<Result<bool>> check_row(const meta::BlobRecord& row, ScrubPace& pace);
    io::Task<Verdict> judge(const meta::BlobRecord& row, ScrubPace& pace);
    io::Task<Verdict> judge_file(const meta::BlobRecord& row, ScrubPace& pace);
    io::Task<Result<std::optional<meta::BlobRecord>>> current(const meta::BlobRecord& row);
    io::Task<Result<void>> condemn(const meta::BlobRecord& row);
    io::Task<Result<void>> remember(bool completed);

    template <class Change>
    void count(Change change) {
        const std::lock_guard lock(mutex_);
        change(statistics_);
    }

    db::Database& database_;
    blob::BlobStore& store_;
    io::BlockingPool& pool_;
    telemetry::Logger& log_;
    std::vector<meta::BlobRecord> verified_;  // since remember()
    std::int64_t cursor_ = 0;
    mutable std::mutex mutex_;
    ScrubStatistics statistics_;  // guarded by mutex_
};

}  // namespace berth::registry
