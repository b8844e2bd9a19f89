// SPDX-License-Identifier: Apache-2.0
//
// "Did you mean": the known name nearest to a misspelt one. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace berth::app {

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// `; did you mean 'x'?` for the nearest of `known`, or nothing when none is near. A name that only
/// lacks its section (`page_max` for `limits.page_max`) counts as near.
std::string suggestion(std::string_view unknown, std::span<const std::string> known);

}  // namespace berth::app
