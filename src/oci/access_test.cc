// SPDX-License-Identifier: Apache-2.0
#include "oci/access.h"

#include <gtest/gtest.h>

namespace berth::oci {
namespace {

TEST(Patterns, AreNamesOrBeginningsOfNames) {
    for (const char* good : {"app", "team/app", "team/*", "te*", "team/a*", "*", "a.b-c_d/*"}) {
        EXPECT_TRUE(is_name_pattern(good)) << good;
    }
    for (const char* bad :
         {"", "**", "*/app", "team/*/app", "Team/*", "team//*", "/x", "/*", "a b"}) {
        EXPECT_FALSE(is_name_pattern(bad)) << bad;
    }
}

TEST(Patterns, MatchTheNameOrTheBeginning) {
    EXPECT_TRUE(matches("app", "app"));
    EXPECT_FALSE(matches("app", "app/x"));
    EXPECT_FALSE(matches("app", "ap"));
    EXPECT_TRUE(matches("team/*", "team/app"));
    EXPECT_TRUE(matches("team/*", "team/app/deep"));
    EXPECT_FALSE(matches("team/*", "team"));
    EXPECT_FALSE(matches("team/*", "teamwork"));
    EXPECT_TRUE(matches("team*", "teamwork"));
    EXPECT_TRUE(matches("*", "anything"));
}

TEST(ActionSets, HoldTheFiveActionsAndNoMore) {
    ActionSet set;
    EXPECT_TRUE(set.empty());
    set.add(Action::pull);
    set.add(Action::metadata_write);
    EXPECT_EQ(set.bits(), 17);
    EXPECT_TRUE(set.has(Action::pull));
    EXPECT_FALSE(set.has(Action::push));
    set.add(Action::catalog);
    EXPECT_EQ(set.bits(), 17);
    EXPECT_EQ(ActionSet::of_bits(0xFF), ActionSet::all());
    set.drop(ActionSet::of_bits(1));
    EXPECT_EQ(set.bits(), 16);
}

}  // namespace
}  // namespace berth::oci
