// SPDX-License-Identifier: Apache-2.0
//
// Who pushes, deletes and locks while rules are applied.
#include "registry/testing/retention_fixture.h"

namespace berth::registry {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsSupersetOf;

class RetentionRaceTest : public RetentionTest {};

TEST_F(RetentionRaceTest, KeepLastKeepsWhatIsPushedAfterItCounted) {
    ASSERT_EQ(put(image_, {"a"}), "ok");
    ASSERT_EQ(put(other_, {"b"}), "ok");
    age(20);
    int looks = 0;
    before_look_ = [&] {
        if (++looks == 3) {  // the first finds the repository, the second counts
            ASSERT_EQ(put(image_, {"a", "c"}), "ok");
        }
    };
    meta::RetentionRuleRow rule;
    rule.name = "r";
    rule.keep_last = 1;
    EXPECT_THAT(run({rule}), ElementsAre("keep a newest", "keep b newest", "keep c newest"));
    EXPECT_EQ(get("a"), "ok");
    EXPECT_EQ(get("c"), "ok");
}

TEST_F(RetentionRaceTest, NothingGoesWhenOneOfTheNewestWentMeanwhile) {
    ASSERT_EQ(put(image_, {"a", "b"}), "ok");
    ASSERT_EQ(put(other_, {"c", "d"}), "ok");
    age(20);
    meta::RetentionRuleRow rule;
    rule.name = "r";
    rule.keep_last = 2;
    between_ = [this] { ASSERT_EQ(untag("c"), "ok"); };
    EXPECT_THAT(run({rule}), IsSupersetOf({"keep a changed", "keep b changed", "keep d newest"}));
    between_ = nullptr;
    EXPECT_THAT(run({rule}), ElementsAre("keep b newest", "keep d newest", "untag a other_tags"));
}

TEST_F(RetentionRaceTest, ASignatureByTagStaysWhenItsManifestComesMeanwhile) {
    const std::string companion = "sha256-" + sha256(image_).text().substr(7) + ".sig";
    ASSERT_EQ(put(other_, {companion}), "ok");
    age(100);
    between_ = [this] { ASSERT_EQ(put(image_, {"v1"}), "ok"); };
    EXPECT_THAT(run({older_than(30)}), Contains("keep " + companion + " changed"));
    EXPECT_EQ(get(companion), "ok");
}

TEST_F(RetentionRaceTest, PartsThatWerePushedAgainForAnotherIndexAreLeased) {
    const std::string index = index_of(image_);
    ASSERT_EQ(put(image_), "ok");
    ASSERT_EQ(put(index, {"multi"}), "ok");
    ASSERT_EQ(put(other_, {"amd64"}), "ok");
    age(100);
    ASSERT_EQ(put(image_), "ok");
    ASSERT_EQ(put(other_), "ok");
    EXPECT_THAT(run_both({older_than(30)}, 1),
                ElementsAre("remove multi due", "untag amd64 lease"));
    EXPECT_EQ(get(sha256(image_).text()), "ok");
    EXPECT_EQ(get(sha256(other_).text()), "ok");
}

TEST_F(RetentionRaceTest, PartsOfAFreshIndexGoWithIt) {
    ASSERT_EQ(put(image_), "ok");
    ASSERT_EQ(put(index_of(image_), {"multi"}), "ok");
    EXPECT_THAT(run_both({older_than(0)}, 1),
                ElementsAre("remove multi due", "remove " + sha256(image_).text() + " child"));
}

TEST_F(RetentionRaceTest, WhatChangesMeanwhileIsLeftAlone) {
    ASSERT_EQ(put(image_, {"v1"}), "ok");
    age(100);
    between_ = [this] { ASSERT_EQ(put(other_, {"v1"}), "ok"); };
    EXPECT_THAT(run({older_than(30)}), Contains("keep v1 changed"));
    EXPECT_EQ(get("v1"), "ok");
    age(100);
    between_ = [this] { change_tag("v1", deletion(false)); };
    EXPECT_THAT(run({older_than(30)}), ElementsAre("keep v1 locked"));
    change_tag("v1", deletion(true));
    between_ = [this] { (void)remove(sha256(other_).text()); };
    EXPECT_THAT(run({older_than(30)}), Contains("keep v1 changed"));
}

}  // namespace
}  // namespace berth::registry
