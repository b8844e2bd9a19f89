// SPDX-License-Identifier: Apache-2.0
#include "meta/retention_rules.h"

#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

namespace berth::meta {
namespace {

class RetentionRules : public testing::CatalogTest {};

TEST_F(RetentionRules, AreKeptAsGiven) {
    write([](db::Session& session) {
        RetentionRuleRow rule;
        rule.name = "nightly";
        rule.repositories = "team/*";
        rule.tags = "pr-*";
        rule.older_than = 30;
        rule.keep_last = 5;
        ASSERT_TRUE(create_retention_rule(session, rule, Timestamp{3}));
        EXPECT_EQ(create_retention_rule(session, rule, Timestamp{3}).error().code, Errc::conflict);
        EXPECT_EQ(enable_retention_rule(session, "nightly", false, Timestamp{4}), true);
        EXPECT_EQ(enable_retention_rule(session, "other", false, Timestamp{4}), false);
        const auto found = *find_retention_rule(session, "nightly");
        ASSERT_TRUE(found);
        EXPECT_EQ(found->repositories, "team/*");
        EXPECT_EQ(found->tags, "pr-*");
        EXPECT_FALSE(found->untagged);
        EXPECT_EQ(found->older_than, 30);
        EXPECT_FALSE(found->not_pulled_for.has_value());
        EXPECT_EQ(found->keep_last, 5);
        EXPECT_FALSE(found->enabled);
        EXPECT_EQ(found->created.ticks, 3);
        EXPECT_EQ(found->updated.ticks, 4);
        EXPECT_EQ(list_retention_rules(session)->size(), 1U);
        EXPECT_EQ(delete_retention_rule(session, "nightly"), true);
        EXPECT_EQ(delete_retention_rule(session, "nightly"), false);
    });
}

}  // namespace
}  // namespace berth::meta
