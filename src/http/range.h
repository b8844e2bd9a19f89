// SPDX-License-Identifier: Apache-2.0
//
// Range (RFC 9110 14.1.2) against a known size. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace berth::http {

struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;  // inclusive
    friend bool operator==(const ByteRange&, const ByteRange&) = default;

    std::uint64_t length() const { return last - first + 1; }
};

struct RangeRequest {
    enum class Kind : std::uint8_t {
        whole,          // no Range, another unit, or not a range at all: answer 200 with everything
        partial,        // 206 with `ranges`
        unsatisfiable,  // 416
    };
    Kind kind = Kind::whole;
    std::vector<ByteRange> ranges;  // clamped to the size, in request order
};

/// `bytes=a-b`, `a-`, `-n`, several separated by commas. A range with last < first is unsatisfiable
/// (OCI conformance), as are ranges that all lie beyond `size`. More than kRangesMax, or ranges
/// that overlap so much that they ask for more than the whole: whole.
RangeRequest parse_range(std::optional<std::string_view> header, std::uint64_t size);

/// `<first>-<last>` as uploads use it (acr-wire 12.3: no unit, no total). nullopt when malformed.
std::optional<ByteRange> parse_content_range(std::string_view text);

}  // namespace berth::http
