// SPDX-License-Identifier: Apache-2.0
#include "registry/pull_times.h"

#include "base/try.h"
#include "meta/manifest_pulls.h"

#include <algorithm>

namespace berth::registry {
namespace {

/// Together some 5 MiB at most.
constexpr std::size_t kWaitingMax = 65'536;
constexpr std::size_t kNotedMax = 65'536;
/// Rows of one transaction: a few milliseconds of the writer's time.
constexpr std::size_t kPerFlush = 200;

}  // namespace

void PullTimes::note(std::int64_t manifest_id, Timestamp at) {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kWaitingMax) {
        return;
    }
    if (noted_.size() >= kNotedMax) {
        noted_.clear();  // some are written once more; the catalog knows when that says nothing new
    }
    const auto [known, is_new] = noted_.try_emplace(manifest_id, at);
    if (!is_new) {
        if (at.ticks - known->second.ticks < kPullsApart) {
            return;
        }
        known->second = at;
    }
    waiting_.emplace_back(manifest_id, at);
}

std::vector<PullTimes::Pull> PullTimes::take() {
    const std::lock_guard lock(mutex_);
    const std::size_t count = std::min(waiting_.size(), kPerFlush);
    const auto first = waiting_.end() - static_cast<std::ptrdiff_t>(count);
    std::vector<Pull> taken(first, waiting_.end());
    waiting_.erase(first, waiting_.end());
    return taken;
}

void PullTimes::put_back(const std::vector<Pull>& pulls) {
    const std::lock_guard lock(mutex_);
    waiting_.insert(waiting_.end(), pulls.begin(), pulls.end());
}

io::Task<Result<bool>> PullTimes::flush() {
    const std::vector<Pull> pulls = take();
    if (pulls.empty()) {
        co_return false;
    }
    auto work = [&pulls](db::Session& session) -> Result<void> {
        for (const auto& [manifest, at] : pulls) {
            BERTH_TRY_VOID(meta::note_manifest_pull(session, manifest, at, kPullsApart));
        }
        return {};
    };
    Result<void> written = co_await database_.write(work, db::Durability::relaxed);
    if (!written) {
        put_back(pulls);
        co_return fail(std::move(written).error());
    }
    co_return pulls.size() == kPerFlush;
}

}  // namespace berth::registry
