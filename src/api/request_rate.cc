// SPDX-License-Identifier: Apache-2.0
#include "api/request_rate.h"

#include <algorithm>
#include <functional>

namespace berth::api {

namespace {

constexpr std::chrono::nanoseconds kSecond = std::chrono::seconds(1);

}  // namespace

RequestRate::RequestRate(std::uint32_t per_second)
    : per_second_(per_second), each_(kSecond / std::max(per_second, 1U)) {}

Result<void> RequestRate::admit(const std::string& who, Time now) {
    Shard& shard = shards_[std::hash<std::string>()(who) % shards_.size()];
    const std::lock_guard lock(shard.mutex);
    auto found = shard.full_at.find(who);
    if (found == shard.full_at.end()) {
        make_room(shard, now);
        found = shard.full_at.emplace(who, now).first;
    }
    const Time full_at = std::max(found->second, now) + each_;
    // All places together take a second, or a little less where it is not divided evenly.
    const Time latest = now + each_ * per_second_;
    if (full_at > latest) {
        return fail(
            Error(Errc::rate_limited, "requests_per_second")
                .with_retry_after(std::chrono::ceil<std::chrono::seconds>(full_at - latest)));
    }
    found->second = full_at;
    return {};
}

void RequestRate::make_room(Shard& shard, Time now) {
    auto& buckets = shard.full_at;
    if (buckets.size() < kBucketsMax) {
        return;
    }
    std::erase_if(buckets, [now](const auto& bucket) { return bucket.second <= now; });
    if (buckets.size() < kBucketsMax) {
        return;
    }
    const auto earlier = [](const auto& a, const auto& b) { return a.second < b.second; };
    buckets.erase(std::ranges::min_element(buckets, earlier));
}

std::size_t RequestRate::size() const {
    std::size_t count = 0;
    for (const Shard& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        count += shard.full_at.size();
    }
    return count;
}

}  // namespace berth::api
