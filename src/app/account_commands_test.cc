// SPDX-License-Identifier: Apache-2.0
#include "app/testing/commands_fixture.h"

#include <gmock/gmock.h>

namespace berth::app {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class AccountCommands : public CommandsFixture {
  protected:
    AccountCommands() {
        text({"user", "create", "maria", "--scope-map", "_repositories_pull"});
        text({"token", "create", "ci", "--scope-map", "_repositories_push"});
    }
};

TEST_F(AccountCommands, ListsAndShows) {
    EXPECT_EQ(json({"user", "list"}).as_array().size(), 2U);
    EXPECT_EQ(json({"token", "list"}).as_array().size(), 1U);
    EXPECT_THAT(text({"user", "list"}), HasSubstr("maria  user   enabled  never    1"));
    EXPECT_THAT(text({"user", "list"}), Not(HasSubstr("ci")));
    EXPECT_THAT(text({"token", "show", "ci"}), HasSubstr("content/read, content/write"));
    EXPECT_THAT(text({"user", "show", "admin"}), HasSubstr("may do      everything"));
    EXPECT_EQ(json({"token", "show", "ci"}).at("rules").as_array().size(), 1U);
}

TEST_F(AccountCommands, UpdateKeepsWhatIsNotGiven) {
    auto changed = json({"user", "update", "maria", "--expires", "9d"});
    EXPECT_TRUE(changed.at("expires_at").is_string());
    EXPECT_EQ(changed.at("scope_maps").as_array().size(), 1U);
    changed = json({"user", "update", "maria", "--no-scope-map"});
    EXPECT_TRUE(changed.at("expires_at").is_string());
    EXPECT_EQ(changed.at("scope_maps").as_array().size(), 0U);
    changed = json({"user", "update", "maria", "--expires", "never"});
    EXPECT_TRUE(changed.at("expires_at").is_null());
    EXPECT_THAT(refusal({"user", "update", "maria"}), StartsWith("bad_request: nothing to change"));
    EXPECT_THAT(refusal({"user", "update", "maria", "--no-scope-map", "--scope-map", "x"}),
                StartsWith("bad_request: give either"));
    EXPECT_THAT(refusal({"user", "update", "admin", "--scope-map", "_repositories_pull"}),
                StartsWith("bad_request: an admin may do everything"));
}

TEST_F(AccountCommands, PasswordsAreShownOnce) {
    const auto changed = json({"user", "password", "maria", "--slot", "2", "--expires", "1d"});
    const auto& passwords = changed.at("passwords").as_array();
    ASSERT_EQ(passwords.size(), 2U);
    EXPECT_EQ(passwords[0].as_object().count("password"), 0U);
    const std::string password(passwords[1].at("password").as_string());
    EXPECT_EQ(password.size(), 24U);
    EXPECT_TRUE(passwords[1].at("expires_at").is_string());
    EXPECT_THAT(text({"user", "show", "maria"}), Not(HasSubstr(password)));
    EXPECT_THAT(audit_lines(), Not(HasSubstr(password)));
    const std::string printed = text({"user", "password", "maria"});
    EXPECT_THAT(printed, StartsWith("password 1 of user 'maria' changed\npassword 1: "));
    EXPECT_THAT(printed, HasSubstr("berth user sign-out maria"));
    EXPECT_THAT(text({"user", "password", "maria", "--slot", "2", "--remove"}),
                StartsWith("password 2 of user 'maria' removed\n"));
    EXPECT_THAT(refusal({"user", "password", "maria", "--slot", "2", "--remove"}),
                StartsWith("name_unknown: "));
    EXPECT_THAT(refusal({"user", "password", "maria", "--slot", "0"}), StartsWith("bad_request: "));
    EXPECT_THAT(refusal({"user", "password", "nobody"}), StartsWith("name_unknown: "));
}

TEST_F(AccountCommands, TheFirstPasswordsFileGoesWithIt) {
    const auto file = data() / "admin-password";
    text({"user", "password", "admin", "--slot", "2"});
    text({"user", "password", "maria"});
    EXPECT_TRUE(std::filesystem::exists(file));
    EXPECT_THAT(text({"user", "password", "admin"}), HasSubstr("Removed " + file.string()));
    EXPECT_FALSE(std::filesystem::exists(file));
    EXPECT_THAT(text({"user", "password", "admin"}), Not(HasSubstr("Removed")));
}

TEST_F(AccountCommands, StatesAndTheEnd) {
    EXPECT_EQ(text({"token", "disable", "ci"}), "token 'ci' disabled\n");
    EXPECT_EQ(json({"token", "show", "ci"}).at("state").as_string(), "disabled");
    EXPECT_EQ(text({"token", "enable", "ci"}), "token 'ci' enabled\n");
    EXPECT_EQ(text({"token", "sign-out", "ci"}), "tokens of token 'ci' ended\n");
    EXPECT_EQ(json({"token", "delete", "ci"}).at("name").as_string(), "ci");
    EXPECT_EQ(refusal({"token", "show", "ci"}), "name_unknown: there is no token 'ci'");
    EXPECT_EQ(refusal({"user", "delete", "admin"}),
              "denied: the account admin stays; it can be disabled");
}

TEST_F(AccountCommands, WhatIsNotWrittenDownIsNotDone) {
    std::filesystem::remove(data() / "audit.log");
    std::filesystem::create_directory(data() / "audit.log");
    EXPECT_NE(refusal({"user", "delete", "maria"}), "done");
    EXPECT_EQ(json({"user", "list"}).as_array().size(), 2U);
    std::filesystem::remove(data() / "audit.log");
    EXPECT_EQ(json({"user", "show", "maria"}).at("name").as_string(), "maria");
}

}  // namespace
}  // namespace berth::app
