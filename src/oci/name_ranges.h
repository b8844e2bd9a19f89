// SPDX-License-Identifier: Apache-2.0
//
// A set of repository names as ranges in bytewise order, so that a list of names can step from one
// to the next instead of looking at every name between. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::oci {

/// Names not before `begin` and before `end`; an empty `end` is no end.
struct NameRange {
    NameRange() = default;

    NameRange(std::string first, std::string after)
        : begin(std::move(first)), end(std::move(after)) {}

    std::string begin;
    std::string end;

    friend bool operator==(const NameRange&, const NameRange&) = default;
};

/// In order and apart from each other.
using NameRanges = std::vector<NameRange>;

/// The names that at least one of `patterns` (access.h) matches.
NameRanges ranges_of(const std::vector<std::string_view>& patterns);
/// Every name.
NameRanges every_name();

}  // namespace berth::oci
