// SPDX-License-Identifier: Apache-2.0
#include "app/user_import.h"

#include "app/testing/commands_fixture.h"

#include <gmock/gmock.h>

namespace berth::app {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string kHash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

class UserImport : public CommandsFixture {
  protected:
    std::string file(const std::string& content) const {
        return write_file("htpasswd", content).string();
    }
};

TEST_F(UserImport, AllOrNothing) {
    const std::string path = file("a:" + kHash + "\nb:secret\nadmin:" + kHash + "\nc:" + kHash);
    const std::string said = refusal({"user", "import", path});
    EXPECT_THAT(said, StartsWith("conflict: nothing was imported:\n  " + path + ":2: neither"));
    EXPECT_THAT(said, HasSubstr(":3: there is the admin 'admin' already"));
    EXPECT_THAT(said, HasSubstr("--skip-bad"));
    EXPECT_EQ(json({"user", "list"}).as_array().size(), 1U);
    EXPECT_EQ(audit_lines(), "");
    const auto done = json({"user", "import", path, "--skip-bad"});
    EXPECT_EQ(boost::json::serialize(done.at("created")), R"(["a","c"])");
    EXPECT_EQ(done.at("skipped").as_array().size(), 2U);
    EXPECT_EQ(done.at("skipped").at(1).at("line").as_int64(), 3);
    EXPECT_THAT(audit_lines(), HasSubstr(R"("operation":"user_import","subject":"c")"));
}

TEST_F(UserImport, ManyBadLinesAreCounted) {
    std::string content;
    for (int i = 0; i < 30; ++i) {
        content += "no colon\n";
    }
    const std::string said = refusal({"user", "import", file(content)});
    EXPECT_THAT(said, HasSubstr(":20: "));
    EXPECT_THAT(said, HasSubstr("and 10 more"));
}

TEST_F(UserImport, ExistingUsers) {
    text({"user", "create", "a", "--scope-map", "_repositories_push"});
    const std::string path = file("a:" + kHash);
    EXPECT_THAT(refusal({"user", "import", path}), HasSubstr("there is a user 'a' already"));
    EXPECT_EQ(text({"user", "import", path, "--replace"}),
              "0 users created, 1 replaced, 0 lines left out\n");
    EXPECT_EQ(boost::json::serialize(json({"user", "show", "a"}).at("scope_maps")),
              R"(["_repositories_push"])");
    text({"user", "import", path, "--replace", "--scope-map", "_repositories_pull"});
    EXPECT_EQ(boost::json::serialize(json({"user", "show", "a"}).at("scope_maps")),
              R"(["_repositories_pull"])");
    text({"token", "create", "ci", "--scope-map", "_repositories_pull"});
    EXPECT_THAT(refusal({"user", "import", file("ci:" + kHash), "--replace"}),
                HasSubstr("there is the token 'ci' already"));
}

TEST_F(UserImport, WhatCannotBeRead) {
    EXPECT_THAT(refusal({"user", "import", "/nonexistent/file"}),
                StartsWith("io_error: /nonexistent/file: "));
    EXPECT_THAT(refusal({"user", "import", file("a:" + kHash), "--scope-map", "nowhere"}),
                StartsWith("name_unknown: there is no scope map"));
    EXPECT_EQ(json({"user", "list"}).as_array().size(), 1U);
}

}  // namespace
}  // namespace berth::app
