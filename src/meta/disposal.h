// SPDX-License-Identifier: Apache-2.0
//
// What becomes of what is removed: it is gone, or in the bin for a while (deleted.h). Plain data.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <string_view>

namespace berth::meta {

inline constexpr std::int64_t kTicksPerDay = kTicksPerSecond * 60 * 60 * 24;

struct Disposal {
    std::int64_t keep_ticks = 0;  // how long it can be restored; 0: not at all
    std::string_view by;          // who removes it; must outlive the call

    bool keeps() const { return keep_ticks > 0; }
};

}  // namespace berth::meta
