// SPDX-License-Identifier: Apache-2.0
#include "app/suggestion.h"

#include <gtest/gtest.h>

#include <vector>

namespace berth::app {
namespace {

TEST(EditDistance, Table) {
    EXPECT_EQ(edit_distance("", ""), 0U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("abc", ""), 3U);
    EXPECT_EQ(edit_distance("abc", "abc"), 0U);
    EXPECT_EQ(edit_distance("abc", "abd"), 1U);
    EXPECT_EQ(edit_distance("abc", "ac"), 1U);
    EXPECT_EQ(edit_distance("ac", "abc"), 1U);
    EXPECT_EQ(edit_distance("sreve", "serve"), 1U);  // a swap, not two replacements
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Suggestion, NearestOrNothing) {
    const std::vector<std::string> known = {"limits.page_max", "limits.page_default", "tls.key",
                                            "data"};
    EXPECT_EQ(suggestion("limits.page_maxx", known), "; did you mean 'limits.page_max'?");
    EXPECT_EQ(suggestion("limit.page_max", known), "; did you mean 'limits.page_max'?");
    EXPECT_EQ(suggestion("page_max", known), "; did you mean 'limits.page_max'?");
    EXPECT_EQ(suggestion("tls.keu", known), "; did you mean 'tls.key'?");
    EXPECT_EQ(suggestion("dta", known), "; did you mean 'data'?");
    EXPECT_EQ(suggestion("colour", known), "");
    EXPECT_EQ(suggestion("", known), "");
    EXPECT_EQ(suggestion("x", known), "");
    EXPECT_EQ(suggestion("x", {}), "");
}

}  // namespace
}  // namespace berth::app
