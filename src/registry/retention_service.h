// SPDX-License-Identifier: Apache-2.0
//
// The rules in the catalog applied again and again, a step at a time (docs/retention.md). step() is
// one coroutine's at a time; statistics() any thread's.
#pragma once

#include "base/error.h"
#include "db/sql.h"
#include "io/task.h"
#include "registry/retention_run.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

namespace berth::registry {

struct RetentionStatistics {
    std::uint64_t runs = 0;  // that came to their end
    std::uint64_t runs_failed = 0;
    std::uint64_t tags_removed = 0;
    std::uint64_t manifests_removed = 0;
    std::int64_t last_run = 0;  // seconds since 1970 of the last end; 0: none yet
};

class RetentionService {
  public:
    /// Hears of each deletion after its commit.
    using Report = std::function<void(const RetentionFinding&)>;

    struct Settings {
        std::int64_t lease = 0;  // ticks
        std::int64_t keep_ticks = 0;
    };

    RetentionService(db::Database& database, Settings settings, Report report)
        : database_(database), settings_(settings), report_(std::move(report)) {}

    /// Begins a run with the rules there are, or goes on with it; false at its end. After an error
    /// the run is over.
    io::Task<Result<bool>> step();
    RetentionStatistics statistics() const;

  private:
    io::Task<Result<void>> begin();
    io::Task<Result<void>> go_on();
    void count(const RetentionFindings& findings);

    db::Database& database_;
    Settings settings_;
    Report report_;
    std::optional<RetentionRun> run_;
    std::atomic<std::uint64_t> runs_{0};
    std::atomic<std::uint64_t> runs_failed_{0};
    std::atomic<std::uint64_t> tags_removed_{0};
    std::atomic<std::uint64_t> manifests_removed_{0};
    std::atomic<std::int64_t> last_run_{0};
};

}  // namespace berth::registry
