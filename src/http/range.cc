// SPDX-License-Identifier: Apache-2.0
#include "http/range.h"

#include "base/limits.h"
#include "http/message.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace berth::http {

namespace {

constexpr std::uint64_t kGreatest = std::numeric_limits<std::uint64_t>::max();

/// Digits only; a number beyond 64 bits counts as the greatest.
std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return error == std::errc() ? value : kGreatest;
}

enum class Verdict : std::uint8_t { malformed, beyond, usable };

/// One range-spec; `out` is set when usable.
Verdict parse_one(std::string_view text, std::uint64_t size, ByteRange& out) {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) {
        return Verdict::malformed;
    }
    const std::string_view before = text.substr(0, dash);
    const std::string_view after = text.substr(dash + 1);
    const auto first = parse_number(before);
    const auto last = parse_number(after);
    if (before.empty()) {  // suffix: the last n bytes
        if (!last) {
            return Verdict::malformed;
        }
        if (*last == 0 || size == 0) {
            return Verdict::beyond;
        }
        out = ByteRange{size - std::min(*last, size), size - 1};
        return Verdict::usable;
    }
    if (!first || (!after.empty() && !last)) {
        return Verdict::malformed;
    }
    if (*first >= size || (last && *last < *first)) {
        return Verdict::beyond;
    }
    out = ByteRange{*first, last ? std::min(*last, size - 1) : size - 1};
    return Verdict::usable;
}

}  // namespace

RangeRequest parse_range(std::optional<std::string_view> header, std::uint64_t size) {
    constexpr std::string_view kUnit = "bytes=";
    RangeRequest request;
    if (!header || !equal_ignoring_case(header->substr(0, kUnit.size()), kUnit)) {
        return request;
    }
    std::string_view rest = header->substr(kUnit.size());
    std::uint64_t left = size;  // a sum could overflow
    bool too_much = false;
    std::size_t specs = 0;
    while (true) {
        const std::size_t comma = rest.find(',');
        ByteRange range;
        const Verdict verdict = parse_one(trimmed(rest.substr(0, comma)), size, range);
        if (verdict == Verdict::malformed || ++specs > kRangesMax) {
            return RangeRequest{};
        }
        if (verdict == Verdict::usable) {
            too_much = too_much || range.length() > left;
            left -= std::min(left, range.length());
            request.ranges.push_back(range);
        }
        if (comma == std::string_view::npos) {
            break;
        }
        rest = rest.substr(comma + 1);
    }
    if (request.ranges.empty()) {
        request.kind = RangeRequest::Kind::unsatisfiable;
        return request;
    }
    if (too_much) {
        return RangeRequest{};
    }
    request.kind = RangeRequest::Kind::partial;
    return request;
}

std::optional<ByteRange> parse_content_range(std::string_view text) {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) {
        return std::nullopt;
    }
    const auto first = parse_number(text.substr(0, dash));
    const auto last = parse_number(text.substr(dash + 1));
    if (!first || !last || *last < *first || *last == kGreatest) {
        return std::nullopt;
    }
    return ByteRange{*first, *last};
}

}  // namespace berth::http
