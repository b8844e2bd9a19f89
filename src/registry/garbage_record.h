// SPDX-License-Identifier: Apache-2.0
//
// The last cycle of garbage collection as the catalog remembers it (meta/upkeep.h): a JSON object.
#pragma once

#include "base/clock.h"
#include "registry/garbage_statistics.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace berth::registry {

inline constexpr std::string_view kGarbageRecordName = "garbage.last_cycle";

std::string garbage_record(const GarbageTotals& totals, std::uint64_t strangers, Timestamp started,
                           Timestamp finished);

}  // namespace berth::registry
