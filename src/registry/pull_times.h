// SPDX-License-Identifier: Apache-2.0
//
// When manifests are pulled, remembered for retention without the pull waiting for it: note() keeps
// it in memory, flush() writes what came together. About one write an hour and manifest; what a
// crash loses is a few seconds of pulls. Bounded: what does not fit is left out until there is
// room.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "io/task.h"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace berth::registry {

/// Pulls of a manifest nearer to each other than this count as one.
inline constexpr std::int64_t kPullsApart = kTicksPerSecond * 60 * 60;

/// When its holder last told PullTimes, so that a pull of what is in memory costs a comparison. A
/// copy starts with what it was copied from.
class PullMark {
  public:
    PullMark() = default;

    PullMark(const PullMark& other) : told_(other.told_.load(std::memory_order_relaxed)) {}

    PullMark& operator=(const PullMark&) = delete;

    /// True once in kPullsApart; any thread.
    bool is_due(Timestamp now) const {
        const std::int64_t told = told_.load(std::memory_order_relaxed);
        if (now.ticks - told < kPullsApart) {
            return false;
        }
        told_.store(now.ticks, std::memory_order_relaxed);
        return true;
    }

  private:
    mutable std::atomic<std::int64_t> told_{0};
};

class PullTimes {
  public:
    /// `database` must outlive the object.
    explicit PullTimes(db::Database& database) : database_(database) {}

    /// Any thread; does not block.
    void note(std::int64_t manifest_id, Timestamp at);
    /// Writes some of what was noted, relaxed; true when there is more. What could not be written
    /// waits for the next call. One caller at a time.
    io::Task<Result<bool>> flush();

  private:
    using Pull = std::pair<std::int64_t, Timestamp>;

    std::vector<Pull> take();
    void put_back(const std::vector<Pull>& pulls);

    db::Database& database_;
    std::mutex mutex_;
    // Guarded by mutex_: what is to be written, and when each was noted last.
    std::vector<Pull> waiting_;
    std::unordered_map<std::int64_t, Timestamp> noted_;
};

}  // namespace berth::registry
