// SPDX-License-Identifier: Apache-2.0
#include "app/command_token.h"

#include "app/testing/commands_fixture.h"

#include <gmock/gmock.h>

namespace berth::app {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class TokenCommand : public CommandsFixture {};

TEST_F(TokenCommand, WithAScopeMapOfItsOwn) {
    const auto made = json({"token", "create", "ci", "--repository", "a", "content/read",
                            "--repository", "b/*", "content/read", "content/write"});
    EXPECT_EQ(boost::json::serialize(made.at("scope_maps")), R"(["ci-scope-map"])");
    EXPECT_EQ(made.at("passwords").as_array().size(), 2U);
    const auto scope_map = json({"scope-map", "show", "ci-scope-map"});
    EXPECT_EQ(boost::json::serialize(scope_map.at("rules")),
              R"([{"repository":"a","actions":["content/read"]},)"
              R"({"repository":"b/*","actions":["content/read","content/write"]}])");
    EXPECT_THAT(audit_lines(),
                HasSubstr(R"("operation":"scope_map_create","subject":"ci-scope-map")"));
    EXPECT_THAT(text({"token", "create", "x", "--repository", "a", "content/read"}),
                StartsWith("token 'x' created\nscope map 'x-scope-map' created\npassword 1: "));
}

TEST_F(TokenCommand, AllOrNothing) {
    text({"scope-map", "create", "ci-scope-map", "--repository", "a", "content/read"});
    EXPECT_THAT(refusal({"token", "create", "ci", "--repository", "a", "content/write"}),
                StartsWith("conflict: there is a scope map 'ci-scope-map' already, with other "
                           "rules"));
    EXPECT_EQ(refusal({"token", "show", "ci"}), "name_unknown: there is no token 'ci'");
    text({"user", "create", "x"});
    EXPECT_EQ(refusal({"token", "create", "x", "--repository", "a", "content/read"}),
              "conflict: there is an account 'x' already");
    EXPECT_THAT(refusal({"scope-map", "show", "x-scope-map"}), StartsWith("name_unknown: "));
}

TEST_F(TokenCommand, MadeAnewTakesOverTheScopeMapThatItLeft) {
    const std::vector<std::string> create{"token",        "create",       "ci", "--repository", "b",
                                          "content/read", "--repository", "a",  "content/read"};
    text(create);
    text({"token", "delete", "ci"});
    EXPECT_THAT(text(create), StartsWith("token 'ci' created\npassword 1: "));
    EXPECT_EQ(boost::json::serialize(json({"token", "show", "ci"}).at("scope_maps")),
              R"(["ci-scope-map"])");
}

TEST_F(TokenCommand, NumberOfPasswords) {
    const auto count = [this](const std::string& name, const std::string& passwords) {
        return json({"token", "create", name, "--scope-map", "_repositories_pull", "--passwords",
                     passwords})
            .at("passwords")
            .as_array()
            .size();
    };
    EXPECT_EQ(count("a", "1"), 1U);
    EXPECT_EQ(count("b", "2"), 2U);
    EXPECT_EQ(count("c", "none"), 0U);
    EXPECT_THAT(
        refusal({"token", "create", "d", "--scope-map", "_repositories_pull", "--passwords", "3"}),
        StartsWith("bad_request: --passwords"));
}

TEST_F(TokenCommand, WantsRights) {
    EXPECT_THAT(refusal({"token", "create", "ci"}), StartsWith("bad_request: what may it do?"));
    EXPECT_THAT(refusal({"token", "create", "ci", "--scope-map", "_repositories_pull",
                         "--repository", "a", "content/read"}),
                StartsWith("bad_request: what may it do?"));
    EXPECT_THAT(
        refusal({"token", "create", std::string(60, 'x'), "--repository", "a", "content/read"}),
        StartsWith("bad_request: "));
}

}  // namespace
}  // namespace berth::app
