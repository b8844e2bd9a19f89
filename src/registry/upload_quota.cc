// SPDX-License-Identifier: Apache-2.0
#include "registry/upload_quota.h"

#include "base/try.h"
#include "meta/uploads.h"

namespace berth::registry {
namespace {

constexpr std::chrono::seconds kCountInterval{1};
/// Accounts that are remembered; with more, all are counted anew.
constexpr std::size_t kAccountsMax = 10'000;

}  // namespace

Result<void> UploadQuota::admit(db::Session& session, const std::string& owner, Time now) {
    const std::lock_guard lock(mutex_);
    BERTH_TRY(Count* const count, find(session, owner, now));
    if (count->sessions >= most_ && now - count->counted_at >= kCountInterval) {
        BERTH_TRY(count->sessions, meta::count_uploads(session, owner, most_));
        count->counted_at = now;
    }
    if (count->sessions >= most_) {
        return fail(Error(Errc::rate_limited, "uploads_per_account_max")
                        .with_message("too many uploads are open: finish or cancel some")
                        .with_retry_after(kCountInterval));
    }
    ++count->sessions;
    return {};
}

Result<UploadQuota::Count*> UploadQuota::find(db::Session& session, const std::string& owner,
                                              Time now) {
    const auto known = counts_.find(owner);
    if (known != counts_.end()) {
        return &known->second;
    }
    Count count;
    BERTH_TRY(count.sessions, meta::count_uploads(session, owner, most_));
    count.counted_at = now;
    if (counts_.size() >= kAccountsMax) {
        counts_.clear();
    }
    return &counts_.emplace(owner, count).first->second;
}

}  // namespace berth::registry
