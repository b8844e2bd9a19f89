// SPDX-License-Identifier: Apache-2.0
#include "oci/json_scan.h"

namespace berth::oci {
namespace {

/// Position behind the string whose opening quote is at `begin`.
std::size_t string_end(std::string_view text, std::size_t begin) {
    std::size_t at = begin + 1;
    while (at < text.size() && text[at] != '"') {
        at += text[at] == '\\' ? 2 : 1;
    }
    return at + 1;
}

}  // namespace

JsonCount count_json(std::string_view text) {
    JsonCount count;
    std::size_t at = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            at = string_end(text, at);
            continue;
        }
        count.members += c == ':' ? 1 : 0;
        count.values += c == ',' || c == ':' || c == '[' || c == '{' ? 1 : 0;
        ++at;
    }
    return count;
}

}  // namespace berth::oci
