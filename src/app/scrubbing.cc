// SPDX-License-Identifier: Apache-2.0
#include "app/scrubbing.h"

#include "app/pause.h"
#include "base/clock.h"

#include <algorithm>
#include <chrono>

namespace berth::app {
namespace {

using std::chrono::milliseconds;

/// A drain is noticed at once; what is due next need not be known more exactly.
constexpr milliseconds kLongestPause = std::chrono::minutes(10);
/// After a failure, which may last.
constexpr milliseconds kAfterFailure = std::chrono::minutes(1);

class Pace final : public registry::ScrubPace {
  public:
    Pace(io::Loop& loop, Pause& pause, std::uint64_t bytes_per_second)
        : loop_(loop), pause_(pause), bytes_per_second_(bytes_per_second) {}

    io::Task<bool> worked(std::uint64_t bytes) override {
        owed_ += bytes * 1000;
        // Not for each small piece: a timer has its price.
        const milliseconds due(owed_ / bytes_per_second_);
        if (due >= kShortestPause && !loop_.draining()) {
            owed_ -= static_cast<std::uint64_t>(due.count()) * bytes_per_second_;
            co_await pause_.wait(due);
        }
        co_return !loop_.draining();
    }

  private:
    static constexpr milliseconds kShortestPause{20};

    io::Loop& loop_;
    Pause& pause_;
    std::uint64_t bytes_per_second_;
    std::uint64_t owed_ = 0;  // bytes times 1000
};

/// Until the next pass is due.
milliseconds until_next(const registry::ScrubStatistics& statistics,
                        std::chrono::seconds interval) {
    if (statistics.cursor != 0 || statistics.pass_completed.ticks == 0) {
        return milliseconds(0);
    }
    const std::int64_t rested = now().ticks - statistics.pass_completed.ticks;
    const milliseconds left = interval - milliseconds(rested * 1000 / kTicksPerSecond);
    return std::clamp(left, milliseconds(0), kLongestPause);
}

void report_pass(const registry::ScrubStatistics& before, const registry::ScrubStatistics& after,
                 telemetry::Logger& log) {
    if (after.blobs_checked == before.blobs_checked) {
        return;  // an empty store is no news
    }
    log.info("scrub_completed", {{"blobs", after.blobs_checked - before.blobs_checked},
                                 {"bytes", after.bytes_checked - before.bytes_checked},
                                 {"damaged", after.damaged - before.damaged},
                                 {"unreadable", after.unreadable - before.unreadable}});
}

}  // namespace

io::Task<void> keep_scrubbing(io::Loop& loop, registry::ScrubService& service,
                              const Config::Scrub& settings, telemetry::Logger& log) {
    Pause pause(loop);
    Pace pace(loop, pause, settings.bytes_per_second);
    const Result<void> resumed = co_await service.resume();
    if (!resumed) {
        log.failure(telemetry::Level::warn, "scrub_starts_anew", resumed.error());
    }
    registry::ScrubStatistics before = service.statistics();
    while (!loop.draining()) {
        const milliseconds wait = until_next(service.statistics(), settings.interval);
        if (wait.count() > 0) {
            co_await pause.wait(wait);
            continue;
        }
        const Result<bool> completed = co_await service.check(pace);
        if (!completed) {
            log.failure(telemetry::Level::warn, "scrub_failed", completed.error());
            if (!loop.draining()) {
                co_await pause.wait(kAfterFailure);
            }
        } else if (*completed) {
            const registry::ScrubStatistics after = service.statistics();
            report_pass(before, after, log);
            before = after;
        }
    }
}

}  // namespace berth::app
