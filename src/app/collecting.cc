// SPDX-License-Identifier: Apache-2.0
#include "app/collecting.h"

#include "app/pause.h"

#include <algorithm>

namespace berth::app {
namespace {

using Clock = std::chrono::steady_clock;

/// At most about a tenth of one thread's time, and the writer is free in between.
constexpr int kPausePerStep = 9;
constexpr std::chrono::milliseconds kPauseMin{2};
constexpr std::chrono::milliseconds kPauseMax{1000};

io::Task<std::chrono::milliseconds> step(registry::GarbageCollector& collector,
                                         telemetry::Logger& log) {
    const Clock::time_point begun = Clock::now();
    const Result<void> done = co_await collector.step();
    if (!done) {
        log.failure(telemetry::Level::warn, "garbage_collection_failed", done.error());
        co_return kPauseMax;
    }
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
    co_return std::clamp(took * kPausePerStep, kPauseMin, kPauseMax);
}

void tell(const registry::GarbageTotals& cycle, telemetry::Logger& log) {
    if (cycle.links_dropped + cycle.removed.count + cycle.orphans.count > 0) {
        log.info("garbage_collected", {{"links", cycle.links_dropped},
                                       {"blobs", cycle.removed.count},
                                       {"bytes", cycle.removed.bytes + cycle.orphans.bytes},
                                       {"orphans", cycle.orphans.count}});
    }
    if (cycle.removal_failures > 0) {
        log.warn("garbage_kept", {{"count", cycle.removal_failures}});
    }
}

}  // namespace

registry::GarbagePolicy garbage_policy_of(const Config& config) {
    registry::GarbagePolicy policy;
    policy.grace = config.gc.grace;
    policy.read_grace = config.gc.read_grace;
    return policy;
}

io::Task<void> collect_garbage(io::Loop& loop, registry::GarbageCollector& collector,
                               std::chrono::seconds interval, telemetry::Logger& log) {
    Pause pause(loop);
    while (!loop.draining()) {
        const std::chrono::milliseconds rest = co_await step(collector, log);
        const bool over = !collector.in_cycle();
        if (over) {
            tell(collector.statistics().last_cycle, log);
        }
        if (!loop.draining()) {
            co_await pause.wait(over ? interval : rest);
        }
    }
}

}  // namespace berth::app
