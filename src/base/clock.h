// SPDX-License-Identifier: Apache-2.0
//
// Wall time as ACR prints it: UTC at 100 ns ticks (acr-wire 8.6). Stored as ticks since 1970.
#pragma once

#include <cstdint>
#include <string>

namespace berth {

/// 100 ns ticks since 1970-01-01T00:00:00Z.
struct Timestamp {
    std::int64_t ticks = 0;
    friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

inline constexpr std::int64_t kTicksPerSecond = 10'000'000;

Timestamp now();
/// `2024-03-11T08:22:41.7310264Z`: trailing zeros of the fraction trimmed, no fraction for a whole
/// second.
std::string format_timestamp(Timestamp time);

}  // namespace berth
