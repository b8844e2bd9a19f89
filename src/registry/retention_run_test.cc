// SPDX-License-Identifier: Apache-2.0
//
// Rules applied to a catalog: what goes along, what holds, what a dry run says.
#include "registry/retention_run.h"

#include "registry/retention_service.h"
#include "registry/testing/retention_fixture.h"

#include <string>
#include <vector>

namespace berth::registry {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::UnorderedElementsAre;

TEST_F(RetentionTest, OldTagsGoWithTheirManifests) {
    ASSERT_EQ(put(image_, {"old"}), "ok");
    age(40);
    ASSERT_EQ(put(other_, {"new"}), "ok");
    EXPECT_THAT(run_both({older_than(30)}), ElementsAre("keep new too_young", "remove old due"));
    EXPECT_EQ(get(sha256(image_).text()), "manifest_unknown");
    EXPECT_EQ(get("new"), "ok");
}

TEST_F(RetentionTest, AManifestWithAnotherTagIsOnlyUntagged) {
    ASSERT_EQ(put(image_, {"old", "v1"}), "ok");
    age(40, "old");
    ASSERT_EQ(put(image_, {"v1"}), "ok");
    EXPECT_THAT(run_both({older_than(30)}),
                ElementsAre("keep v1 too_young", "untag old other_tags"));
    EXPECT_EQ(get("v1"), "ok");
}

TEST_F(RetentionTest, TheLastOfItsTagsTakesIt) {
    ASSERT_EQ(put(image_, {"a", "b", "c"}), "ok");
    ASSERT_EQ(put(other_, {"keep"}), "ok");
    age(40);
    auto rule = older_than(30);
    rule.tags = "?";
    EXPECT_THAT(run_both({rule}), IsEmpty());
    auto one = older_than(30);
    one.tags = "a*";
    auto rest = older_than(30);
    rest.name = "rest";
    rest.keep_last = 1;
    EXPECT_THAT(run_both({one, rest}), ElementsAre("keep keep newest", "remove c due",
                                                   "untag a other_tags", "untag b other_tags"));
    EXPECT_EQ(get(sha256(image_).text()), "manifest_unknown");
}

TEST_F(RetentionTest, KeepLastCountsWhatMatchesInEachRepository) {
    for (int i = 0; i < 6; ++i) {
        ASSERT_EQ(
            put(image(kConfig, i % 2 == 0 ? "layer" : "other layer"), {"pr-" + std::to_string(i)}),
            "ok");
        age(20 - i, "pr-" + std::to_string(i));
    }
    ASSERT_EQ(put(other_, {"stable"}), "ok");
    meta::RetentionRuleRow rule;
    rule.name = "r";
    rule.tags = "pr-*";
    rule.keep_last = 2;
    const Lines lines = run_both({rule});
    EXPECT_THAT(lines, IsSupersetOf({"keep pr-4 newest", "keep pr-5 newest"}));
    EXPECT_EQ(repository_row().tag_count, 3);
    EXPECT_EQ(get("stable"), "ok");
}

TEST_F(RetentionTest, WhatIsPulledStays) {
    ASSERT_EQ(put(image_, {"a"}), "ok");
    ASSERT_EQ(put(other_, {"b"}), "ok");
    age(100);
    pulled(sha256(image_), 10);
    meta::RetentionRuleRow rule;
    rule.name = "r";
    rule.not_pulled_for = 90 * kDay;
    EXPECT_THAT(run_both({rule}), ElementsAre("keep a pulled_lately", "remove b due"));
}

TEST_F(RetentionTest, PullsWithinTheHourOfOneThatIsKnownCount) {
    ASSERT_EQ(put(image_, {"a"}), "ok");
    age(100);
    pulled(sha256(image_), 1);
    meta::RetentionRuleRow rule;
    rule.name = "r";
    rule.not_pulled_for = kDay;
    EXPECT_THAT(run_both({rule}), ElementsAre("keep a pulled_lately"));
    rule.not_pulled_for = kDay - 60 * 60;
    EXPECT_THAT(run_both({rule}), ElementsAre("remove a due"));
}

TEST_F(RetentionTest, LocksHold) {
    ASSERT_EQ(put(image_, {"a"}), "ok");
    ASSERT_EQ(put(other_, {"b"}), "ok");
    age(100);
    change_tag("a", deletion(false));
    change_manifest(sha256(other_), write(false));
    EXPECT_THAT(run_both({older_than(30)}), ElementsAre("keep a locked", "keep b manifest_locked"));
    change_tag("a", deletion(true));
    change_repository(write(false));
    EXPECT_THAT(run_both({older_than(30)}), ElementsAre("keep a locked", "keep b locked"));
}

TEST_F(RetentionTest, UntaggedPartsOfATaggedIndexStay) {
    const std::string index = index_of(image_);
    ASSERT_EQ(put(image_), "ok");
    ASSERT_EQ(put(index, {"multi"}), "ok");
    ASSERT_EQ(put(other_), "ok");
    age(100);
    EXPECT_THAT(run_both({untagged(30)}),
                UnorderedElementsAre("keep " + sha256(image_).text() + " child",
                                     "remove " + sha256(other_).text() + " due"));
    EXPECT_EQ(get(sha256(image_).text()), "ok");
}

TEST_F(RetentionTest, AnIndexTakesTheChildrenThatNothingElseHolds) {
    const std::string index = index_of(image_);
    const std::string other_index = index_of(other_);
    ASSERT_EQ(put(image_), "ok");
    ASSERT_EQ(put(other_, {"b-own"}), "ok");
    ASSERT_EQ(put(index, {"multi"}), "ok");
    ASSERT_EQ(put(other_index, {"other"}), "ok");
    age(100);
    ASSERT_EQ(put(other_, {"b-own"}), "ok");
    EXPECT_THAT(run_both({older_than(30)}),
                ElementsAre("keep b-own too_young", "remove multi due", "remove other due",
                            "remove " + sha256(image_).text() + " child"));
    EXPECT_EQ(get(sha256(image_).text()), "manifest_unknown");
    EXPECT_EQ(get("b-own"), "ok");
}

TEST_F(RetentionTest, ATaggedPartOfAnIndexIsOnlyUntagged) {
    const std::string index = index_of(image_);
    ASSERT_EQ(put(image_, {"amd64"}), "ok");
    age(100);
    ASSERT_EQ(put(index, {"multi"}), "ok");
    EXPECT_THAT(run_both({older_than(30)}),
                ElementsAre("keep multi too_young", "untag amd64 child"));
    EXPECT_EQ(get(sha256(image_).text()), "ok");
}

TEST_F(RetentionTest, ASignatureLivesAndDiesWithItsSubject) {
    const std::string signature = image(kConfig, "other layer", image_);
    ASSERT_EQ(put(image_, {"v1"}), "ok");
    ASSERT_EQ(put(signature), "ok");
    age(100);
    EXPECT_THAT(run_both({untagged(30)}),
                ElementsAre("keep " + sha256(signature).text() + " subject"));
    EXPECT_THAT(run_both({older_than(30)}),
                ElementsAre("remove " + sha256(signature).text() + " subject", "remove v1 due"));
    EXPECT_EQ(get(sha256(signature).text()), "manifest_unknown");
}

TEST_F(RetentionTest, TaggedOrLockedReferrersHoldTheirSubject) {
    const std::string signature = image(kConfig, "other layer", image_);
    ASSERT_EQ(put(image_), "ok");
    ASSERT_EQ(put(signature, {"sbom"}), "ok");
    age(100);
    EXPECT_THAT(run_both({untagged(30)}),
                ElementsAre("keep " + sha256(image_).text() + " tagged_referrer"));
    ASSERT_EQ(untag("sbom"), "ok");
    change_manifest(sha256(signature), deletion(false));
    EXPECT_THAT(run_both({untagged(30)}),
                Contains("keep " + sha256(image_).text() + " locked_referrer"));
}

TEST_F(RetentionTest, AReferrerThatIsPartOfAnIndexHoldsItsSubject) {
    const std::string report = image(kConfig, "other layer", image_);
    ASSERT_EQ(put(image_, {"v1"}), "ok");
    ASSERT_EQ(put(report), "ok");
    ASSERT_EQ(put(index_of(report), {"reports"}), "ok");
    age(100);
    auto rule = older_than(30);
    rule.tags = "v*";
    EXPECT_THAT(run_both({rule}), ElementsAre("untag v1 referrer_child"));
    EXPECT_EQ(get(sha256(report).text()), "ok");
}

TEST_F(RetentionTest, AnIndexThatOnlyListsReferrersGoesWithTheirSubject) {
    const std::string signature = image(kConfig, "other layer", image_);
    ASSERT_EQ(put(image_, {"v1"}), "ok");
    ASSERT_EQ(put(signature), "ok");
    const std::string list = "sha256-" + sha256(image_).text().substr(7);
    ASSERT_EQ(put(index_of(signature), {list}), "ok");
    age(100);
    EXPECT_THAT(run_both({older_than(30)}),
                ElementsAre("remove " + list + " subject",
                            "remove " + sha256(signature).text() + " subject", "remove v1 due"));
}

TEST_F(RetentionTest, SignaturesByTagAreNotCountedAndGoAlong) {
    std::string hex = sha256(image_).text();
    const std::string companion = "sha256-" + hex.substr(7) + ".sig";
    ASSERT_EQ(put(image_, {"v1"}), "ok");
    ASSERT_EQ(put(other_, {companion}), "ok");
    age(100);
    auto rule = older_than(30);
    rule.keep_last = 1;
    EXPECT_THAT(run_both({rule}), ElementsAre("keep v1 newest"));
    EXPECT_THAT(run_both({older_than(30)}),
                ElementsAre("remove " + companion + " subject", "remove v1 due"));
    EXPECT_EQ(get(sha256(other_).text()), "manifest_unknown");
}

TEST_F(RetentionTest, AFreshUntaggedManifestIsLeased) {
    ASSERT_EQ(put(image_), "ok");
    EXPECT_THAT(run_both({untagged(0)}, 1),
                ElementsAre("keep " + sha256(image_).text() + " lease"));
    age(2);
    EXPECT_THAT(run_both({untagged(0)}, 1),
                ElementsAre("remove " + sha256(image_).text() + " due"));
}

TEST_F(RetentionTest, WithoutATagIsCountedFromTheLossOfTheLast) {
    ASSERT_EQ(put(image_, {"moved"}), "ok");
    ASSERT_EQ(put(other_, {"gone"}), "ok");
    age(100);
    ASSERT_EQ(put(other_, {"moved"}), "ok");
    EXPECT_THAT(run_both({untagged(7)}),
                ElementsAre("keep " + sha256(image_).text() + " too_young"));
    age(100);
    ASSERT_EQ(untag("gone"), "ok");
    ASSERT_EQ(untag("moved"), "ok");
    EXPECT_THAT(run_both({untagged(7)}),
                UnorderedElementsAre("keep " + sha256(image_).text() + " too_young",
                                     "keep " + sha256(other_).text() + " too_young"));
    // The lease is about pushes alone.
    EXPECT_THAT(run_both({untagged(0)}, 1),
                UnorderedElementsAre("remove " + sha256(image_).text() + " due",
                                     "remove " + sha256(other_).text() + " due"));
}

TEST_F(RetentionTest, OnlyRepositoriesThatMatch) {
    ASSERT_EQ(put(image_, {"v1"}), "ok");
    age(100);
    auto rule = older_than(30);
    rule.repositories = "team/*";
    EXPECT_THAT(run_both({rule}), IsEmpty());
    rule.repositories = "a*";
    EXPECT_THAT(run_both({rule}), ElementsAre("remove v1 due"));
}

TEST_F(RetentionTest, MoreTagsThanAStepTakes) {
    std::vector<std::string> tags;
    for (int i = 0; i < 120; ++i) {
        tags.push_back("t" + std::to_string(i));
    }
    for (int i = 0; i < 120; i += 10) {
        ASSERT_EQ(put(image_, {tags.begin() + i, tags.begin() + i + 10}), "ok");
    }
    age(100);
    const Lines lines = run({older_than(30)});
    EXPECT_EQ(lines.size(), 120U);
    EXPECT_EQ(get(sha256(image_).text()), "manifest_unknown");
}

TEST_F(RetentionTest, TheServiceAppliesEnabledRulesAndCounts) {
    ASSERT_EQ(put(image_, {"v1"}), "ok");
    age(100);
    auto rule = older_than(30);
    auto create = [&](db::Session& session) {
        return meta::create_retention_rule(session, rule, now());
    };
    rule.enabled = false;
    ASSERT_TRUE(io::run_task(registry_->database.write(create)));
    Lines heard;
    RetentionService service(registry_->database, {},
                             [&heard](const RetentionFinding& one) { heard.push_back(line(one)); });
    EXPECT_EQ(io::run_task(service.step()), false);
    EXPECT_EQ(get("v1"), "ok");
    rule.enabled = true;
    rule.name = "other";
    ASSERT_TRUE(io::run_task(registry_->database.write(create)));
    bool more = true;
    while (more) {
        const auto stepped = io::run_task(service.step());
        ASSERT_TRUE(stepped);
        more = *stepped;
    }
    EXPECT_THAT(heard, ElementsAre("remove v1 due"));
    EXPECT_EQ(service.statistics().runs, 2U);
    EXPECT_EQ(service.statistics().tags_removed, 1U);
    EXPECT_EQ(service.statistics().manifests_removed, 1U);
    EXPECT_GT(service.statistics().last_run, 0);
}

TEST_F(RetentionTest, AFailedRunIsOver) {
    ASSERT_EQ(put(image_, {"v1"}), "ok");
    age(100);
    auto create = [](db::Session& session) {
        return meta::create_retention_rule(session, older_than(30), now());
    };
    ASSERT_TRUE(io::run_task(registry_->database.write(create)));
    RetentionService service(registry_->database, {}, [](const RetentionFinding&) {});
    EXPECT_EQ(io::run_task(service.step()), true);
    registry_->database.fail_write(1, Errc::disk_full);
    EXPECT_FALSE(io::run_task(service.step()));
    EXPECT_EQ(service.statistics().runs_failed, 1U);
    EXPECT_EQ(get("v1"), "ok");
}

TEST(RetentionRule, ThatDeletesEverythingIsRefused) {
    meta::RetentionRuleRow rule;
    EXPECT_EQ(check_retention_rule(rule).error().code, Errc::bad_request);
    rule.keep_last = 0;
    EXPECT_FALSE(check_retention_rule(rule));
    rule.keep_last = 1;
    EXPECT_TRUE(check_retention_rule(rule));
    rule.untagged = true;
    EXPECT_FALSE(check_retention_rule(rule));
    rule.keep_last.reset();
    rule.older_than = 1;
    EXPECT_TRUE(check_retention_rule(rule));
    rule.tags = "v*";
    EXPECT_FALSE(check_retention_rule(rule));
}

}  // namespace
}  // namespace berth::registry
