// SPDX-License-Identifier: Apache-2.0
//
// Where tags and manifests that were removed lately stood in the time orders, so that a list can go
// on behind them (paging.h).
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"

#include <chrono>
#include <cstdint>

namespace berth::meta {

inline constexpr std::chrono::hours kRemovedItemsKept{1};

/// Forgets up to `limit` items removed before `before`; answers how many.
Result<std::int64_t> forget_removed_items(db::Session& session, Timestamp before,
                                          std::uint32_t limit);

}  // namespace berth::meta
