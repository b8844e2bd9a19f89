// SPDX-License-Identifier: Apache-2.0
#include "app/upkeep_retention.h"

#include "app/pause.h"
#include "base/clock.h"

#include <algorithm>
#include <string>

namespace berth::app {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kBetweenFlushes{5};
constexpr std::chrono::seconds kBetweenPurges{30};
constexpr std::chrono::minutes kBetweenCounts{10};
constexpr std::chrono::seconds kBeforeFirstRun{60};
/// Between two steps the database's writer is free for requests.
constexpr std::chrono::milliseconds kBetweenSteps{10};

/// Does `step` until it says that there is no more, or fails.
template <class Step>
io::Task<void> repeat(io::Loop& loop, Pause& pause, telemetry::Logger& log, const char* failure,
                      Step& step) {
    bool more = true;
    while (more) {
        const Result<bool> done = co_await step();
        if (!done) {
            log.failure(telemetry::Level::warn, failure, done.error());
            co_return;
        }
        more = *done && !loop.draining();
        if (more) {
            co_await pause.wait(kBetweenSteps);
        }
    }
}

/// A step of a run, which may take long: what is pulled meanwhile is written first.
template <class Flush>
io::Task<Result<bool>> apply_rules(io::Loop& loop, Pause& pause, registry::RetentionService& rules,
                                   telemetry::Logger& log, Flush& flush) {
    co_await repeat(loop, pause, log, "pull_times_not_written", flush);
    co_return co_await rules.step();
}

io::Task<void> count_bin(registry::DeletedService& deleted, telemetry::Logger& log) {
    const Result<void> counted = co_await deleted.count();
    if (!counted) {
        log.failure(telemetry::Level::warn, "deleted_count_failed", counted.error());
    }
}

}  // namespace

void audit_retention(telemetry::AuditLog* log, const registry::RetentionFinding& finding) {
    if (log == nullptr) {
        return;
    }
    const std::string principal = "retention:" + finding.rule;
    const std::string digest = finding.digest.text();
    telemetry::AuditRecord record;
    record.time = now();
    record.event = "change";
    record.result = "done";
    record.principal = principal;
    record.kind = "retention";
    record.operation = finding.decision.verdict == registry::Verdict::untag ? "retention_untag"
                                                                            : "retention_delete";
    record.repository = finding.repository;
    record.reference = finding.tag.empty() ? digest : finding.tag;
    record.digest = digest;
    record.reason = registry::name_of(finding.decision.reason);
    log->write(record);
}

io::Task<void> keep_retention(io::Loop& loop, RetentionWork work, telemetry::Logger& log) {
    Pause pause(loop);
    auto flush = [&work] { return work.pulls.flush(); };
    auto purge = [&work] { return work.deleted.purge(); };
    auto apply = [&] { return apply_rules(loop, pause, work.retention, log, flush); };
    Clock::time_point next_purge = Clock::now();
    Clock::time_point next_count = next_purge;
    // Not at once: who starts a server has time to look at its rules.
    Clock::time_point next_run =
        next_purge + std::min<std::chrono::seconds>(work.interval, kBeforeFirstRun);
    while (!loop.draining()) {
        co_await repeat(loop, pause, log, "pull_times_not_written", flush);
        if (Clock::now() >= next_purge) {
            co_await repeat(loop, pause, log, "purge_failed", purge);
            next_purge = Clock::now() + kBetweenPurges;
        }
        if (Clock::now() >= next_run) {
            co_await repeat(loop, pause, log, "retention_failed", apply);
            next_run = Clock::now() + work.interval;
        }
        if (Clock::now() >= next_count) {
            co_await count_bin(work.deleted, log);
            next_count = Clock::now() + kBetweenCounts;
        }
        if (!loop.draining()) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_run - Clock::now());
            co_await pause.wait(std::clamp<std::chrono::milliseconds>(
                left, std::chrono::milliseconds(100), kBetweenFlushes));
        }
    }
    co_await repeat(loop, pause, log, "pull_times_not_written", flush);
}

}  // namespace berth::app
