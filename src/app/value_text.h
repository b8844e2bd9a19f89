// SPDX-License-Identifier: Apache-2.0
//
// Numbers, sizes and durations as an operator writes them. Pure; nullopt for what is malformed or
// does not fit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth::app {

/// Decimal digits only.
std::optional<std::uint64_t> parse_count(std::string_view text);
/// Bytes: `4194304`, or a whole number with KiB, MiB, GiB or TiB.
std::optional<std::uint64_t> parse_size(std::string_view text);
/// Seconds: a whole number with s, m, h or d. The unit is required: a bare number says nothing.
std::optional<std::uint64_t> parse_duration(std::string_view text);

/// With the largest unit that leaves a whole number.
std::string show_size(std::uint64_t bytes);
std::string show_duration(std::uint64_t seconds);

}  // namespace berth::app
