// SPDX-License-Identifier: Apache-2.0
//
// Patterns in which `*` stands for any text, empty and with slashes too, and everything else for
// itself. Pure.
#pragma once

#include <string_view>

namespace berth::oci {

/// Whether all of `text` is what `pattern` says. At most their lengths' product of steps.
bool matches_glob(std::string_view pattern, std::string_view text);

}  // namespace berth::oci
