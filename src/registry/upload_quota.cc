// SPDX-License-Identifier: Apache-2.0
#include "registry/upload_quota.h"

#include "base/try.h"
#include "meta/uploads.h"

namespace berth::registry {
namespace {

/// After a refusal.
constexpr std::chrono::seconds kPause{1};
/// A count that took longer than this is paid for by a pause so many times as long.
constexpr std::chrono::milliseconds kCheapCount{1};
constexpr int kPausePerCost = 20;
/// Accounts that are remembered; with more, all are counted anew.
constexpr std::size_t kAccountsMax = 10'000;

}  // namespace

Result<void> UploadQuota::admit(db::Session& session, const std::string& owner, Time now) {
    const std::lock_guard lock(mutex_);
    BERTH_TRY(Count* const count, find(session, owner));
    if (count->sessions >= most_ && now >= count->recount_from) {
        BERTH_TRY_VOID(recount(session, owner, *count, now));
    }
    if (count->sessions >= most_) {
        return fail(Error(Errc::rate_limited, "uploads_per_account_max")
                        .with_message("too many uploads are open: finish or cancel some")
                        .with_retry_after(kPause));
    }
    ++count->sessions;
    return {};
}

Result<UploadQuota::Count*> UploadQuota::find(db::Session& session, const std::string& owner) {
    const auto known = counts_.find(owner);
    if (known != counts_.end()) {
        return &known->second;
    }
    Count count;
    BERTH_TRY(count.sessions, meta::count_uploads(session, owner, most_));
    if (counts_.size() >= kAccountsMax) {
        counts_.clear();
    }
    return &counts_.emplace(owner, count).first->second;
}

Result<void> UploadQuota::recount(db::Session& session, const std::string& owner, Count& count,
                                  Time now) const {
    const Time before = std::chrono::steady_clock::now();
    BERTH_TRY(count.sessions, meta::count_uploads(session, owner, most_));
    const auto cost = std::chrono::steady_clock::now() - before;
    if (count.sessions >= most_) {
        count.recount_from = now + kPause;
    } else if (cost > kCheapCount) {
        count.recount_from = now + kPausePerCost * cost;
    }
    return {};
}

}  // namespace berth::registry
