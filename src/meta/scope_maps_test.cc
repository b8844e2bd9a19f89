// SPDX-License-Identifier: Apache-2.0
#include "meta/scope_maps.h"

#include "meta/access_generation.h"
#include "meta/accounts.h"
#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

namespace berth::meta {
namespace {

class ScopeMaps : public testing::CatalogTest {
  protected:
    static ScopeMapRow team() {
        ScopeMapRow row;
        row.name = "team";
        row.description = "for the team";
        oci::ActionSet pull;
        pull.add(oci::Action::pull);
        row.rules = {oci::Rule("app", oci::ActionSet::all(), "team"),
                     oci::Rule("team/*", pull, "team")};
        return row;
    }
};

TEST_F(ScopeMaps, AreFoundAsTheyWerePut) {
    write([](db::Session& session) {
        ASSERT_TRUE(put_scope_map(session, team(), Timestamp{5}));
        const auto found = find_scope_map(session, "team");
        ASSERT_TRUE(found && *found);
        EXPECT_EQ((*found)->description, "for the team");
        EXPECT_EQ((*found)->rules, team().rules);
        EXPECT_EQ((*found)->created_at, Timestamp{5});
        EXPECT_FALSE((*found)->is_built_in());
        EXPECT_FALSE(*find_scope_map(session, "other"));
    });
}

TEST_F(ScopeMaps, PuttingAgainReplacesTheRules) {
    write([](db::Session& session) {
        ASSERT_TRUE(put_scope_map(session, team(), Timestamp{5}));
        ScopeMapRow changed = team();
        changed.rules.pop_back();
        changed.rules.emplace_back("nothing", oci::ActionSet(), "team");
        ASSERT_TRUE(put_scope_map(session, changed, Timestamp{6}));
        const auto found = find_scope_map(session, "team");
        ASSERT_EQ((*found)->rules.size(), 1U);
        EXPECT_EQ((*found)->rules.front().pattern, "app");
        EXPECT_EQ((*found)->created_at, Timestamp{5});
        EXPECT_EQ((*found)->updated_at, Timestamp{6});
    });
}

TEST_F(ScopeMaps, ADeletedOneIsTakenFromItsAccounts) {
    write([](db::Session& session) {
        ASSERT_TRUE(put_scope_map(session, team(), Timestamp{1}));
        AccountRow account;
        account.name = "ci";
        account.scope_maps = {"team"};
        ASSERT_TRUE(create_account(session, account, Timestamp{1}));
        EXPECT_EQ(accounts_with(session, "team"), std::vector<std::string>{"ci"});
        const std::int64_t before = *access_generation(session);
        EXPECT_EQ(delete_scope_map(session, "team"), true);
        EXPECT_GT(*access_generation(session), before);
        EXPECT_EQ(delete_scope_map(session, "team"), false);
        EXPECT_TRUE((*find_account(session, "ci"))->scope_maps.empty());
        std::vector<oci::Rule> rules;
        ASSERT_TRUE(read_rules(session, "team", rules));
        EXPECT_TRUE(rules.empty());
    });
}

TEST_F(ScopeMaps, SomeComeWithTheRegistry) {
    write([](db::Session& session) {
        const auto all = list_scope_maps(session);
        ASSERT_EQ(all->size(), 5U);
        for (const ScopeMapRow& row : *all) {
            EXPECT_TRUE(row.is_built_in()) << row.name;
            ASSERT_EQ(row.rules.size(), 1U) << row.name;
            EXPECT_EQ(row.rules.front().pattern, "*") << row.name;
        }
        EXPECT_EQ(all->front().rules.front().actions, oci::ActionSet::all());
    });
}

}  // namespace
}  // namespace berth::meta
