// SPDX-License-Identifier: Apache-2.0
#include "oci/name_ranges.h"

#include <algorithm>

namespace berth::oci {
namespace {

NameRange range_of(std::string_view pattern) {
    if (!pattern.ends_with('*')) {
        return {std::string(pattern), std::string(pattern) + '\0'};
    }
    const std::string beginning(pattern.substr(0, pattern.size() - 1));
    if (beginning.empty()) {
        return {};
    }
    // Names are ASCII, so the last byte has a successor.
    std::string after = beginning;
    after.back() = static_cast<char>(after.back() + 1);
    return {beginning, after};
}

bool ends_before(const NameRange& range, std::string_view name) {
    return !range.end.empty() && range.end < name;
}

}  // namespace

NameRanges ranges_of(const std::vector<std::string_view>& patterns) {
    NameRanges sorted;
    for (const std::string_view pattern : patterns) {
        sorted.push_back(range_of(pattern));
    }
    std::ranges::sort(sorted, {}, &NameRange::begin);
    NameRanges ranges;
    for (NameRange& range : sorted) {
        if (ranges.empty() || ends_before(ranges.back(), range.begin)) {
            ranges.push_back(std::move(range));
        } else if (range.end.empty() || ends_before(ranges.back(), range.end)) {
            ranges.back().end = std::move(range.end);
        }
    }
    return ranges;
}

NameRanges every_name() {
    return {NameRange()};
}

}  // namespace berth::oci
