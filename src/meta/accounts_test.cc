// SPDX-License-Identifier: Apache-2.0
#include "meta/accounts.h"

#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

namespace berth::meta {
namespace {

class Accounts : public testing::CatalogTest {};

TEST_F(Accounts, AreFoundCountedAndReplaced) {
    write([](db::Session& session) {
        EXPECT_EQ(count_accounts(session), 0);
        AccountRow admin;
        admin.name = "admin";
        admin.password_hash = "$y$first";
        ASSERT_TRUE(put_account(session, admin, Timestamp{1}));
        admin.password_hash = "$y$second";
        admin.enabled = false;
        ASSERT_TRUE(put_account(session, admin, Timestamp{2}));
        EXPECT_EQ(count_accounts(session), 1);

        const auto found = find_account(session, "admin");
        ASSERT_TRUE(found && *found);
        EXPECT_EQ((*found)->name, "admin");
        EXPECT_EQ((*found)->password_hash, "$y$second");
        EXPECT_FALSE((*found)->enabled);
        const auto absent = find_account(session, "Admin");
        ASSERT_TRUE(absent);
        EXPECT_FALSE(*absent);
    });
}

}  // namespace
}  // namespace berth::meta
