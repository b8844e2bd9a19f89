// SPDX-License-Identifier: Apache-2.0
//
// The patterns that rules compare claims with: `*` stands for any text, also none and also one with
// `/` and `:`; everything else stands for itself, letter case included. Pure.
#pragma once

#include <string_view>

namespace berth::auth {

/// Takes time proportional to the product of both lengths at most.
bool matches_claim(std::string_view pattern, std::string_view text);

}  // namespace berth::auth
