// SPDX-License-Identifier: Apache-2.0
#include "registry/retention_service.h"

#include "base/try.h"

#include <utility>
#include <vector>

namespace berth::registry {

io::Task<Result<bool>> RetentionService::step() {
    if (!run_) {
        BERTH_CO_TRY_VOID(co_await begin());
    }
    Result<void> gone_on;
    if (!run_->done()) {
        gone_on = co_await go_on();
    }
    if (gone_on && !run_->done()) {
        co_return true;
    }
    run_.reset();
    last_run_ = now().ticks / kTicksPerSecond;
    if (!gone_on) {
        ++runs_failed_;
        co_return fail(std::move(gone_on).error());
    }
    ++runs_;
    co_return false;
}

io::Task<Result<void>> RetentionService::begin() {
    auto work = [](db::Session& session) { return meta::list_retention_rules(session); };
    BERTH_CO_TRY(std::vector<meta::RetentionRuleRow> rules, co_await database_.read(work));
    std::erase_if(rules, [](const meta::RetentionRuleRow& rule) { return !rule.enabled; });
    RetentionOptions options;
    options.now = now();
    options.lease = settings_.lease;
    options.keep_ticks = settings_.keep_ticks;
    run_.emplace(std::move(rules), options);
    co_return Result<void>();
}

io::Task<Result<void>> RetentionService::go_on() {
    auto look = [this](db::Session& session) { return run_->look(session); };
    BERTH_CO_TRY(RetentionRun::Look looked, co_await database_.read(look));
    if (!looked.candidates.empty()) {
        auto apply = [&](db::Session& session) { return run_->apply(session, looked.candidates); };
        BERTH_CO_TRY(const RetentionFindings findings, co_await database_.write(apply));
        count(findings);
    }
    run_->go_on(std::move(looked));
    co_return Result<void>();
}

void RetentionService::count(const RetentionFindings& findings) {
    for (const RetentionFinding& finding : findings) {
        if (finding.decision.verdict == Verdict::keep) {
            continue;
        }
        tags_removed_ += finding.tag.empty() ? 0U : 1U;
        manifests_removed_ += finding.decision.verdict == Verdict::remove ? 1U : 0U;
        report_(finding);
    }
}

RetentionStatistics RetentionService::statistics() const {
    RetentionStatistics statistics;
    statistics.runs = runs_;
    statistics.runs_failed = runs_failed_;
    statistics.tags_removed = tags_removed_;
    statistics.manifests_removed = manifests_removed_;
    statistics.last_run = last_run_;
    return statistics;
}

}  // namespace berth::registry
