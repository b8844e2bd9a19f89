// SPDX-License-Identifier: Apache-2.0
//
// Counts in JSON text without parsing it: what the parser will make of it, known before it runs
// (values, hence memory) and known to be lost after it ran (members that share a name).
#pragma once

#include <cstddef>
#include <string_view>

namespace berth::oci {

struct JsonCount {
    /// Object members as written, duplicates included.
    std::size_t members = 0;
    /// An upper bound of the values of a well-formed text: one more than its commas, colons and
    /// opening brackets.
    std::size_t values = 1;
};

/// Exact for well-formed text, harmless for any other.
JsonCount count_json(std::string_view text);

}  // namespace berth::oci
