// SPDX-License-Identifier: Apache-2.0
//
// Some threads that share one list of things to do, for commands whose work is bounded by the disk.
// Items are taken one after the other under a lock, so `next` may use what belongs to one thread.
#pragma once

#include "base/error.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace berth::app {

inline constexpr std::size_t kCrewMax = 4;

/// Calls `work(item)` on up to kCrewMax threads for every item that `next` answers, until that
/// answers none. After the first error no further item is taken, and it is answered. Blocks.
template <class Item>
Result<void> share_work(const std::function<Result<std::optional<Item>>()>& next,
                        const std::function<Result<void>(const Item&)>& work) {
    std::mutex mutex;
    Result<void> outcome;
    const auto take = [&]() -> std::optional<Item> {
        const std::lock_guard lock(mutex);
        if (!outcome) {
            return std::nullopt;
        }
        Result<std::optional<Item>> item = next();
        if (!item) {
            outcome = std::unexpected(std::move(item).error());
            return std::nullopt;
        }
        return *std::move(item);
    };
    const auto run = [&] {
        for (std::optional<Item> item = take(); item; item = take()) {
            Result<void> done = work(*item);
            if (!done) {
                const std::lock_guard lock(mutex);
                outcome = std::move(done);
            }
        }
    };
    {
        const std::size_t threads =
            std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kCrewMax);
        std::vector<std::jthread> crew;
        crew.reserve(threads);
        for (std::size_t i = 0; i < threads; ++i) {
            crew.emplace_back(run);
        }
    }
    return outcome;
}

}  // namespace berth::app
