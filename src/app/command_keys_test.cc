// SPDX-License-Identifier: Apache-2.0
#include "app/command_keys.h"

#include "app/testing/commands_fixture.h"
#include "auth/key_ring.h"

#include <gmock/gmock.h>

namespace berth::app {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class KeysCommand : public CommandsFixture {
  protected:
    std::vector<std::string> states() const {
        std::vector<std::string> found;
        const boost::json::value listed = json({"keys", "list"});
        for (const boost::json::value& key : listed.as_array()) {
            found.emplace_back(key.at("state").as_string());
        }
        return found;
    }
};

TEST_F(KeysCommand, RotateAndPrune) {
    EXPECT_EQ(text({"keys", "list"}), "no key yet: the first token makes one\n");
    EXPECT_THAT(text({"keys", "rotate"}), HasSubstr("  signs  "));
    text({"keys", "rotate"});
    EXPECT_EQ(states(), (std::vector<std::string>{"signs", "verifies"}));
    EXPECT_THAT(text({"keys", "prune"}), StartsWith("0 keys removed\n"));
    EXPECT_EQ(states().size(), 2U);
    EXPECT_THAT(audit_lines(), Not(HasSubstr("keys_prune")));
    EXPECT_THAT(audit_lines(), HasSubstr(R"("operation":"keys_rotate","subject":")"));
}

TEST_F(KeysCommand, EndTokensLeavesNoOtherKey) {
    text({"keys", "rotate"});
    EXPECT_THAT(text({"keys", "rotate", "--end-tokens"}), StartsWith("all tokens ended\n"));
    EXPECT_EQ(states(), std::vector<std::string>{"signs"});
}

TEST_F(KeysCommand, WhatIsOverIsPruned) {
    text({"keys", "rotate"});
    const auto row = auth::make_signing_key();
    const auto database = db::SqliteDatabase::open(data() / "catalog.db", meta::migrations());
    ASSERT_TRUE(row && database);
    ASSERT_TRUE((*database)->write_now([&row](db::Session& session) {
        return meta::rotate_signing_key(session, *row, Timestamp{1}).has_value();
    }));
    EXPECT_EQ(states(), (std::vector<std::string>{"signs", "over"}));
    EXPECT_THAT(text({"keys", "prune"}), StartsWith("1 key removed\n"));
    EXPECT_EQ(states(), std::vector<std::string>{"signs"});
    EXPECT_THAT(audit_lines(), HasSubstr(R"("operation":"keys_prune","subject":")"));
}

}  // namespace
}  // namespace berth::app
