// SPDX-License-Identifier: Apache-2.0
#include "meta/accounts.h"

#include "meta/access_generation.h"
#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

namespace berth::meta {
namespace {

class Accounts : public testing::CatalogTest {
  protected:
    static AccountRow account(const std::string& name) {
        AccountRow row;
        row.name = name;
        row.kind = AccountKind::token;
        row.scope_maps = {"_repositories_pull"};
        row.passwords.back().emplace();
        row.passwords.back()->hash = "$y$second";
        row.passwords.back()->created_at = Timestamp{3};
        row.passwords.back()->expires_at = Timestamp{9};
        return row;
    }
};

TEST_F(Accounts, AreFoundAsTheyWereMade) {
    write([](db::Session& session) {
        EXPECT_EQ(count_accounts(session), 0);
        ASSERT_TRUE(create_account(session, account("ci"), Timestamp{2}));
        EXPECT_EQ(count_accounts(session), 1);

        const auto found = find_account(session, "ci");
        ASSERT_TRUE(found && *found);
        const AccountRow& row = **found;
        EXPECT_EQ(row.name, "ci");
        EXPECT_EQ(row.kind, AccountKind::token);
        EXPECT_TRUE(row.enabled);
        EXPECT_EQ(row.created_at, Timestamp{2});
        EXPECT_FALSE(row.expires_at);
        EXPECT_FALSE(row.passwords.front());
        ASSERT_TRUE(row.passwords.back());
        EXPECT_EQ(row.passwords.back()->hash, "$y$second");
        EXPECT_EQ(row.passwords.back()->expires_at, Timestamp{9});
        EXPECT_EQ(row.scope_maps, std::vector<std::string>{"_repositories_pull"});

        const auto absent = find_account(session, "Ci");
        ASSERT_TRUE(absent);
        EXPECT_FALSE(*absent);
    });
}

TEST_F(Accounts, NameAndScopeMapsAreChecked) {
    write([](db::Session& session) {
        ASSERT_TRUE(create_account(session, account("ci"), Timestamp{1}));
        EXPECT_EQ(create_account(session, account("ci"), Timestamp{1}).error().code,
                  Errc::conflict);
        AccountRow lost = account("lost");
        lost.scope_maps = {"nowhere"};
        EXPECT_EQ(create_account(session, lost, Timestamp{1}).error().code, Errc::bad_request);
    });
}

TEST_F(Accounts, ChangeStateExpiryAndScopeMaps) {
    write([](db::Session& session) {
        ASSERT_TRUE(create_account(session, account("ci"), Timestamp{1}));
        AccountRow changed = account("ci");
        changed.enabled = false;
        changed.expires_at = Timestamp{77};
        changed.scope_maps = {"_repositories_push", "_repositories_admin"};
        ASSERT_TRUE(change_account(session, changed, Timestamp{2}));
        const auto found = find_account(session, "ci");
        EXPECT_FALSE((*found)->enabled);
        EXPECT_EQ((*found)->expires_at, Timestamp{77});
        EXPECT_EQ((*found)->scope_maps,
                  (std::vector<std::string>{"_repositories_admin", "_repositories_push"}));
    });
}

TEST_F(Accounts, PasswordsArePutAndTaken) {
    write([](db::Session& session) {
        ASSERT_TRUE(create_account(session, account("ci"), Timestamp{1}));
        PasswordRow first;
        first.hash = "$y$first";
        ASSERT_TRUE(put_password(session, "ci", 1, first));
        ASSERT_TRUE(put_password(session, "ci", 2, std::nullopt));
        const auto found = find_account(session, "ci");
        ASSERT_TRUE((*found)->passwords.front());
        EXPECT_EQ((*found)->passwords.front()->hash, "$y$first");
        EXPECT_FALSE((*found)->passwords.back());
    });
}

TEST_F(Accounts, AnAccountMadeAnewHasAnotherEpochAndNoOldPasswords) {
    write([](db::Session& session) {
        ASSERT_TRUE(create_account(session, account("ci"), Timestamp{1}));
        const std::int64_t first = (*find_account(session, "ci"))->epoch;
        ASSERT_TRUE(end_tokens(session, "ci"));
        const std::int64_t second = (*find_account(session, "ci"))->epoch;
        EXPECT_NE(first, second);
        EXPECT_EQ(delete_account(session, "ci"), true);
        EXPECT_EQ(delete_account(session, "ci"), false);
        AccountRow bare;
        bare.name = "ci";
        ASSERT_TRUE(create_account(session, bare, Timestamp{1}));
        const auto found = find_account(session, "ci");
        EXPECT_GT((*found)->epoch, second);
        EXPECT_FALSE((*found)->passwords.back());
        EXPECT_TRUE((*found)->scope_maps.empty());
    });
}

TEST_F(Accounts, EveryChangeRaisesTheGeneration) {
    write([](db::Session& session) {
        std::int64_t before = *access_generation(session);
        const auto raised = [&session, &before] {
            const std::int64_t now = *access_generation(session);
            return now > std::exchange(before, now);
        };
        ASSERT_TRUE(create_account(session, account("ci"), Timestamp{1}));
        EXPECT_TRUE(raised());
        ASSERT_TRUE(change_account(session, account("ci"), Timestamp{1}));
        EXPECT_TRUE(raised());
        ASSERT_TRUE(put_password(session, "ci", 1, std::nullopt));
        EXPECT_TRUE(raised());
        ASSERT_TRUE(end_tokens(session, "ci"));
        EXPECT_TRUE(raised());
        ASSERT_TRUE(find_account(session, "ci"));
        ASSERT_TRUE(list_accounts(session));
        EXPECT_FALSE(raised());
        ASSERT_TRUE(delete_account(session, "ci"));
        EXPECT_TRUE(raised());
    });
}

TEST_F(Accounts, AreListedByName) {
    write([](db::Session& session) {
        ASSERT_TRUE(create_account(session, account("b"), Timestamp{1}));
        ASSERT_TRUE(create_account(session, account("a"), Timestamp{1}));
        const auto accounts = list_accounts(session);
        ASSERT_EQ(accounts->size(), 2U);
        EXPECT_EQ(accounts->front().name, "a");
        EXPECT_TRUE(accounts->back().passwords.back());
        EXPECT_EQ(accounts->back().scope_maps.size(), 1U);
    });
}

}  // namespace
}  // namespace berth::meta
