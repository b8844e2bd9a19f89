// SPDX-License-Identifier: Apache-2.0
#include "app/retention_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::app {
namespace {

using registry::RetentionFinding;
using registry::RetentionReason;
using registry::Verdict;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

const oci::Digest kDigest =
    *oci::Digest::parse("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

RetentionFinding finding(const std::string& tag, Verdict verdict, RetentionReason reason) {
    RetentionFinding one(kDigest);
    one.rule = "r";
    one.repository = "app";
    one.tag = tag;
    one.decision = {.verdict = verdict, .reason = reason};
    return one;
}

TEST(RetentionView, ReportOfARun) {
    RetentionFinding along = finding("", Verdict::remove, RetentionReason::child);
    along.went_with = "sha256:abc";
    const registry::RetentionFindings findings{
        finding("v1", Verdict::remove, RetentionReason::due),
        finding("v2", Verdict::untag, RetentionReason::other_tags), along,
        finding("v3", Verdict::keep, RetentionReason::newest)};
    const std::string text = run_text(findings, true);
    EXPECT_THAT(text, HasSubstr("r     app:v1"));
    EXPECT_THAT(text, HasSubstr("untag   its manifest has other tags"));
    EXPECT_THAT(text, HasSubstr("app@" + kDigest.text() + "  delete  went with sha256:abc"));
    EXPECT_THAT(text, HasSubstr("Would delete 2 tags and 2 manifests.\nKept 1: one of the newest"));
    EXPECT_EQ(run_json({finding("v3", Verdict::keep, RetentionReason::newest)}, false),
              R"({"dry_run":false,"deleted":[],"kept":[{"rule":"r","repository":"app","tag":"v3",)"
              R"("digest":")" +
                  kDigest.text() +
                  R"(","action":"keep","reason":"newest","why":"one of the newest"}]})");
    EXPECT_EQ(run_text({}, false), "Deleted 0 tags and 0 manifests.\n");
}

TEST(RetentionView, Rules) {
    meta::RetentionRuleRow rule;
    rule.name = "r";
    rule.untagged = true;
    rule.not_pulled_for = 90 * 86400;
    rule.enabled = false;
    EXPECT_THAT(rules_table({&rule, 1}),
                MatchesRegex(".*\nr +disabled +\\* +untagged manifests +not pulled for 90d\n"));
    EXPECT_THAT(rule_json(rule), HasSubstr(R"("tags":null,"untagged":true,"older_than":null,)"
                                           R"("not_pulled_for":"90d","keep_last":null)"));
}

TEST(RetentionView, Bin) {
    EXPECT_EQ(bin_text({}), "nothing was deleted that could be restored\n");
    EXPECT_EQ(bin_json({}), "[]");
    BinContent content("app");
    content.manifests.emplace_back(kDigest);
    content.tags.emplace_back("v1", kDigest);
    content.tags.back().deleted_by = "alice";
    EXPECT_THAT(bin_text({&content, 1}), HasSubstr("alice  app:v1"));
    EXPECT_THAT(bin_json({&content, 1}), HasSubstr(R"("tag":"v1","digest":"sha256:e3b0)"));
}

}  // namespace
}  // namespace berth::app
