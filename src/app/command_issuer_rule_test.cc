// SPDX-License-Identifier: Apache-2.0
#include "app/testing/issuer_commands.h"

#include <gmock/gmock.h>

namespace berth::app {
namespace {

using testing::HasSubstr;

class CommandIssuerRule : public IssuerCommands {
  protected:
    CommandIssuerRule() { add_github(); }

    std::vector<std::string> add(const std::string& rule, const std::string& claim,
                                 const std::string& scope_map = "_repositories_pull") {
        return {"issuer", "rule", "add", "gh", rule, "--claim", claim, "--scope-map", scope_map};
    }
};

TEST_F(CommandIssuerRule, AddsListsAndRemoves) {
    EXPECT_EQ(output(add("main", "sub=repo:org/app:*")),
              "main: sub=repo:org/app:* -> _repositories_pull\n");
    EXPECT_EQ(
        output({"issuer", "rule", "add", "gh", "both", "--claim", "ref=refs/heads/main", "--claim",
                "repository=org/app", "--scope-map", "_repositories_push", "_repositories_pull"}),
        "both: ref=refs/heads/main and repository=org/app -> _repositories_push, "
        "_repositories_pull\n"
        "main: sub=repo:org/app:* -> _repositories_pull\n");
    EXPECT_EQ(output({"issuer", "rule", "remove", "gh", "both"}),
              "main: sub=repo:org/app:* -> _repositories_pull\n");
    EXPECT_THAT(output({"issuer", "rule", "list", "gh", "--output", "json"}),
                HasSubstr(R"("claims":[{"name":"sub","pattern":"repo:org/app:*"}],)"
                          R"("scope_maps":["_repositories_pull"])"));
}

TEST_F(CommandIssuerRule, RefusesWhatCannotBe) {
    EXPECT_THAT(refusal(add("Main", "sub=a")), HasSubstr("no name for a rule"));
    EXPECT_THAT(refusal(add("main", "sub")), HasSubstr("not NAME=PATTERN"));
    EXPECT_THAT(refusal(add("main", "sub=a", "nothing")), HasSubstr("no scope map 'nothing'"));
    EXPECT_EQ(refusal(add("main", "sub=a")), "");
    EXPECT_THAT(refusal(add("main", "sub=b")), HasSubstr("already"));
    EXPECT_THAT(refusal({"issuer", "rule", "add", "gh", "x", "--scope-map", "_repositories_pull"}),
                HasSubstr("--claim"));
    EXPECT_EQ(code({"issuer", "rule", "remove", "gh", "x"}), Errc::name_unknown);
    EXPECT_EQ(code({"issuer", "rule", "list", "other"}), Errc::name_unknown);
    EXPECT_EQ(code({"issuer", "rule", "add", "other", "x", "--claim", "a=b", "--scope-map",
                    "_repositories_pull"}),
              Errc::name_unknown);
}

}  // namespace
}  // namespace berth::app
