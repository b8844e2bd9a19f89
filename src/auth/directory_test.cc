// SPDX-License-Identifier: Apache-2.0
#include "auth/directory.h"

#include "auth/testing/accounts_fixture.h"
#include "io/testing/run_task.h"
#include "meta/scope_maps.h"

#include <gtest/gtest.h>

namespace berth::auth {
namespace {

class DirectoryTest : public AccountsFixture {
  protected:
    IdentityPtr look(const std::string& name) {
        return io::run_task(directory_.find(name)).value();
    }

    void put_map(const std::string& pattern) {
        change([&pattern](db::Session& session) {
            meta::ScopeMapRow row;
            row.name = "team";
            row.rules.emplace_back(pattern, oci::ActionSet::all(), "team");
            return meta::put_scope_map(session, row, Timestamp{1});
        });
    }

    Directory directory_{*database_};
};

TEST_F(DirectoryTest, FindsAccountsWithTheRulesOfTheirScopeMaps) {
    put_map("team/*");
    meta::AccountRow row;
    row.name = "ci";
    row.kind = meta::AccountKind::token;
    row.scope_maps = {"_repositories_pull", "team"};
    create(row);
    const IdentityPtr identity = look("ci");
    ASSERT_NE(identity, nullptr);
    EXPECT_EQ(identity->account.kind, meta::AccountKind::token);
    ASSERT_EQ(identity->rules->size(), 2U);
    EXPECT_EQ(identity->rules->back().pattern, "team/*");
    EXPECT_EQ(identity->rules->back().origin, "team");
    EXPECT_EQ(look("nobody"), nullptr);
}

TEST_F(DirectoryTest, WhatIsUnchangedIsNotReadAgain) {
    put("admin", "$y$unused");
    const IdentityPtr first = look("admin");
    EXPECT_EQ(look("admin"), first);
}

TEST_F(DirectoryTest, AChangeHoldsFromTheNextLookOn) {
    put_map("a");
    meta::AccountRow row;
    row.name = "ci";
    row.scope_maps = {"team"};
    create(row);
    EXPECT_EQ(look("ci")->rules->front().pattern, "a");
    put_map("b");
    EXPECT_EQ(look("ci")->rules->front().pattern, "b");
    change([](db::Session& session) { return meta::delete_account(session, "ci"); });
    EXPECT_EQ(look("ci"), nullptr);
    create(row);
    EXPECT_NE(look("ci"), nullptr);
}

// As the command line makes it beside a running server.
TEST_F(DirectoryTest, AChangeThroughAnotherConnectionHoldsFromTheNextLookOn) {
    put("admin", "$y$unused");
    const auto other = db::SqliteDatabase::open_migrated(AccountsFixture::directory_ / "catalog.db",
                                                         meta::migrations())
                           .value();
    for (const bool enabled : {false, true, false}) {
        EXPECT_NE(look("admin"), nullptr);
        const db::TransactionalWork change_it = [enabled](db::Session& session) {
            meta::AccountRow row = meta::find_account(session, "admin").value().value();
            row.enabled = enabled;
            return meta::change_account(session, row, now()).has_value();
        };
        ASSERT_TRUE(other->write_now(change_it).has_value());
        EXPECT_EQ(look("admin")->account.enabled, enabled);
    }
}

}  // namespace
}  // namespace berth::auth
