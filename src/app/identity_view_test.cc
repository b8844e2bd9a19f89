// SPDX-License-Identifier: Apache-2.0
#include "app/identity_view.h"

#include <gmock/gmock.h>

namespace berth::app {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr Timestamp kNow{17'000'000'000'000'000};  // 2023-11-14T22:13:20Z
constexpr Timestamp kBefore{kNow.ticks - 1};

meta::AccountRow maria() {
    meta::AccountRow account;
    account.name = "maria";
    account.kind = meta::AccountKind::user;
    account.created_at = kNow;
    account.scope_maps = {"a", "b"};
    account.passwords[1].emplace().hash = "$y$secret";
    account.passwords[1]->created_at = kNow;
    return account;
}

TEST(AccountView, Json) {
    EXPECT_EQ(account_json(maria(), kNow),
              R"({"name":"maria","kind":"user","state":"enabled",)"
              R"("created_at":"2023-11-14T22:13:20Z","expires_at":null,"scope_maps":["a","b"],)"
              R"("passwords":[{"slot":2,"created_at":"2023-11-14T22:13:20Z","expires_at":null}]})");
    const std::vector<FreshPassword> fresh = {FreshPassword(2, "se\"cret")};
    const oci::Rules rules;
    const std::string json = account_json(maria(), kNow, fresh, &rules);
    EXPECT_THAT(json, HasSubstr(R"("password":"se\"cret"})"));
    EXPECT_THAT(json, HasSubstr(R"("rules":[])"));
}

TEST(AccountView, NeverAHash) {
    const std::vector<meta::AccountRow> accounts = {maria()};
    EXPECT_THAT(account_json(maria(), kNow), Not(HasSubstr("$y$")));
    EXPECT_THAT(account_text(maria(), kNow, {}), Not(HasSubstr("$y$")));
    EXPECT_THAT(accounts_text(accounts, kNow), Not(HasSubstr("$y$")));
}

TEST(AccountView, States) {
    meta::AccountRow account = maria();
    account.expires_at = kNow;
    EXPECT_THAT(account_json(account, kNow), HasSubstr(R"("state":"expired")"));
    EXPECT_THAT(account_json(account, kBefore), HasSubstr(R"("state":"enabled")"));
    account.enabled = false;
    EXPECT_THAT(account_json(account, kNow), HasSubstr(R"("state":"disabled")"));
    account.passwords[1]->expires_at = kNow;
    const std::vector<meta::AccountRow> accounts = {account};
    EXPECT_THAT(accounts_text(accounts, kNow), HasSubstr("2 (expired)"));
    EXPECT_THAT(accounts_text(accounts, kBefore), Not(HasSubstr("(expired)")));
}

TEST(Tables, ColumnsWithoutTrailingSpaces) {
    const std::vector<std::vector<std::string>> rows = {{"A", "LONG", "C"}, {"long", "b", ""}};
    EXPECT_EQ(table_text(rows), "A     LONG  C\nlong  b\n");
    EXPECT_EQ(table_text({}), "");
}

TEST(FreshPasswords, AreShownOnce) {
    EXPECT_EQ(fresh_passwords_text({}), "");
    const std::vector<FreshPassword> fresh = {FreshPassword(1, "a"), FreshPassword(2, "b")};
    EXPECT_EQ(fresh_passwords_text(fresh), "password 1: a\npassword 2: b\nThis is shown once.\n");
}

TEST(Joined, AndArrays) {
    const std::vector<std::string> words = {"1", "2"};
    EXPECT_EQ(joined(words), "1, 2");
    EXPECT_EQ(json_array(words), "[1,2]\n");
    EXPECT_EQ(json_array({}), "[]\n");
}

}  // namespace
}  // namespace berth::app
