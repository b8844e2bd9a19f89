// SPDX-License-Identifier: Apache-2.0
//
// Requests per second of one account or one address (limits.requests_per_second_*). Each has a
// bucket that holds as many requests as a second may bring and fills evenly: after a pause that
// many may come at once, then one each time a place is free. A bucket is one time, at which it
// would be full again.
//
// The table is bounded: buckets that are full again are forgotten, they are like those never seen;
// when more are in use than fit, the fullest is. Any thread; a lock for each of some shards.
#pragma once

#include "base/error.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace berth::api {

class RequestRate {
  public:
    using Time = std::chrono::steady_clock::time_point;

    /// Buckets that are remembered in each shard.
    static constexpr std::size_t kBucketsMax = 2048;

    /// 0: any number, see limits().
    explicit RequestRate(std::uint32_t per_second);

    bool limits() const { return per_second_ > 0; }

    /// Counts a request of `who`. Errc::rate_limited, which counts nothing, with the time until
    /// there is a place, in whole seconds.
    Result<void> admit(const std::string& who, Time now);

    /// Remembered buckets, for tests.
    std::size_t size() const;

  private:
    struct Shard {
        mutable std::mutex mutex;
        std::unordered_map<std::string, Time> full_at;  // guarded by mutex
    };

    static void make_room(Shard& shard, Time now);

    const std::uint32_t per_second_;
    const std::chrono::nanoseconds each_;  // until one more may come
    std::array<Shard, 16> shards_;
};

}  // namespace berth::api
