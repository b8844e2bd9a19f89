// SPDX-License-Identifier: Apache-2.0
#include "app/command_scope_map.h"

#include "app/testing/commands_fixture.h"

#include <gmock/gmock.h>

namespace berth::app {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ScopeMapCommand : public CommandsFixture {
  protected:
    std::string rules() const {
        return boost::json::serialize(json({"scope-map", "show", "team"}).at("rules"));
    }
};

TEST_F(ScopeMapCommand, RulesComeAndGo) {
    text({"scope-map", "create", "team", "--repository", "a", "content/read", "--repository", "b",
          "content/read", "--description", "What for"});
    EXPECT_EQ(rules(), R"([{"repository":"a","actions":["content/read"]},)"
                       R"({"repository":"b","actions":["content/read"]}])");
    EXPECT_EQ(text({"scope-map", "update", "team", "--add-repository", "a", "content/delete",
                    "--remove-repository", "b"}),
              "scope map 'team' changed\n");
    EXPECT_EQ(rules(), R"([{"repository":"a","actions":["content/delete","content/read"]}])");
    EXPECT_EQ(json({"scope-map", "show", "team"}).at("description").as_string(), "What for");
    EXPECT_EQ(
        json({"scope-map", "update", "team", "--description", ""}).at("description").as_string(),
        "");
    EXPECT_THAT(refusal({"scope-map", "update", "team"}),
                StartsWith("bad_request: nothing to change"));
    EXPECT_EQ(refusal({"scope-map", "update", "team", "--remove-repository", "b"}),
              "name_unknown: no rule is about 'b'");
}

TEST_F(ScopeMapCommand, ListsShowsAndDeletes) {
    EXPECT_EQ(json({"scope-map", "list"}).as_array().size(), 5U);
    EXPECT_THAT(text({"scope-map", "show", "_repositories_push"}),
                HasSubstr("  *  content/read, content/write"));
    EXPECT_TRUE(json({"scope-map", "show", "_repositories_push"}).at("created_at").is_null());
    text({"scope-map", "create", "team", "--repository", "a", "content/read"});
    text({"user", "create", "maria", "--scope-map", "team"});
    EXPECT_THAT(text({"scope-map", "show", "team"}), HasSubstr("accounts     maria"));
    EXPECT_THAT(refusal({"scope-map", "delete", "team"}), StartsWith("conflict: 'maria' would"));
    EXPECT_EQ(text({"scope-map", "delete", "team", "--force"}), "scope map 'team' deleted\n");
    EXPECT_THAT(refusal({"scope-map", "create", "x"}),
                HasSubstr("berth scope-map create: --repository is required"));
}

}  // namespace
}  // namespace berth::app
