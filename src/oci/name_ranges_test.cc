// SPDX-License-Identifier: Apache-2.0
#include "oci/name_ranges.h"

#include "oci/access.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace berth::oci {
namespace {

using namespace std::string_literals;

bool contains(const NameRanges& ranges, const std::string& name) {
    return std::ranges::any_of(ranges, [&name](const NameRange& range) {
        return name >= range.begin && (range.end.empty() || name < range.end);
    });
}

TEST(NameRanges, OfOnePattern) {
    EXPECT_EQ(ranges_of({"app"}), (NameRanges{{"app", "app\0"s}}));
    EXPECT_EQ(ranges_of({"team/*"}), (NameRanges{{"team/", "team0"}}));
    EXPECT_EQ(ranges_of({"*"}), every_name());
    EXPECT_TRUE(ranges_of({}).empty());
}

TEST(NameRanges, AreJoinedAndInOrder) {
    EXPECT_EQ(ranges_of({"team/app", "b", "team/*", "a"}),
              (NameRanges{{"a", "a\0"s}, {"b", "b\0"s}, {"team/", "team0"}}));
    EXPECT_EQ(ranges_of({"x", "*", "a*"}), every_name());
    EXPECT_EQ(ranges_of({"a*", "ab*"}), (NameRanges{{"a", "b"}}));
}

TEST(NameRanges, HoldWhatThePatternsMatch) {
    const std::vector<std::string_view> names = {
        "a", "a/b", "a0", "ab", "b", "team", "team/", "team/a", "team-x", "teamwork", "z/z"};
    const std::vector<std::string_view> patterns = {"a", "a*", "team/*", "team*", "z/z", "b", "*"};
    for (unsigned chosen = 0; chosen < 1U << patterns.size(); ++chosen) {
        std::vector<std::string_view> some;
        for (std::size_t i = 0; i < patterns.size(); ++i) {
            if ((chosen >> i & 1U) != 0) {
                some.push_back(patterns[i]);
            }
        }
        const NameRanges ranges = ranges_of(some);
        for (const std::string_view name : names) {
            const bool matched = std::ranges::any_of(
                some, [name](std::string_view pattern) { return matches(pattern, name); });
            EXPECT_EQ(contains(ranges, std::string(name)), matched) << name << " of " << chosen;
        }
    }
}

}  // namespace
}  // namespace berth::oci
