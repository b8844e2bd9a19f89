// SPDX-License-Identifier: Apache-2.0
#include "auth/oidc/trust_rule.h"

#include <gmock/gmock.h>

namespace berth::auth {
namespace {

using testing::HasSubstr;

TrustRule rule(std::vector<ClaimCondition> conditions) {
    TrustRule made;
    made.conditions = std::move(conditions);
    made.scope_maps = {"ci"};
    return made;
}

std::string parse_problem(std::string_view json) {
    const auto parsed = parse_trust_rule(json);
    return parsed ? "" : parsed.error().log_detail;
}

TEST(TrustRule, AllConditionsMustHold) {
    const ClaimTexts claims = {{"sub", {"repo:org/app:ref:refs/heads/main"}},
                               {"repository", {"org/app"}},
                               {"groups", {"g1", "g2"}},
                               {"empty", {}}};
    EXPECT_TRUE(matches(rule({{"sub", "repo:org/app:*"}}), claims));
    EXPECT_TRUE(matches(rule({{"sub", "repo:org/app:*"}, {"repository", "org/app"}}), claims));
    EXPECT_FALSE(matches(rule({{"sub", "repo:org/app:*"}, {"repository", "org/other"}}), claims));
    EXPECT_TRUE(matches(rule({{"groups", "g2"}}), claims)) << "any element of an array will do";
    EXPECT_TRUE(matches(rule({{"groups", "g1"}, {"groups", "g2"}}), claims));
    EXPECT_FALSE(matches(rule({{"groups", "g1"}, {"groups", "g3"}}), claims));
    EXPECT_FALSE(matches(rule({{"absent", "*"}}), claims));
    EXPECT_FALSE(matches(rule({{"empty", "*"}}), claims));
    EXPECT_FALSE(matches(rule({}), claims));
}

TEST(TrustRule, ConditionsOfTheCommandLine) {
    EXPECT_EQ(*parse_condition("sub=repo:a=b:*"), ClaimCondition("sub", "repo:a=b:*"));
    for (const char* text : {"", "sub", "=x", "sub="}) {
        EXPECT_FALSE(parse_condition(text)) << text;
    }
}

TEST(TrustRule, IsReadAsItWasPrinted) {
    TrustRule some = rule({{"sub", "a\"*"}, {"x.y", "true"}});
    some.scope_maps = {"ci", "_repositories_pull"};
    EXPECT_EQ(*parse_trust_rule(print(some)), some);
    EXPECT_EQ(print(rule({{"sub", "a"}})),
              R"({"claims":[{"name":"sub","pattern":"a"}],"scope_maps":["ci"]})");
}

TEST(TrustRule, WhatIsWrongIsSaid) {
    EXPECT_THAT(parse_problem("x"), HasSubstr("not JSON"));
    EXPECT_THAT(parse_problem(R"({"claims":[],"scope_maps":["a"]})"), HasSubstr("conditions"));
    EXPECT_THAT(parse_problem(R"({"claims":[{"name":"a","pattern":"b"}],"scope_maps":[]})"),
                HasSubstr("scope maps"));
    EXPECT_THAT(parse_problem(R"({"claims":[{"name":"a"}],"scope_maps":["a"]})"),
                HasSubstr("empty"));
    EXPECT_THAT(
        parse_problem(R"({"claims":[{"name":"a","pattern":"b","x":1}],"scope_maps":["a"]})"),
        HasSubstr("unknown member 'x'"));
    EXPECT_THAT(parse_problem(R"({"claims":["a=b"],"scope_maps":["a"]})"),
                HasSubstr("not a list of objects"));
    EXPECT_THAT(parse_problem(R"({"claims":[{"name":"a","pattern":"b"}],"scope_maps":[""]})"),
                HasSubstr("empty"));
    EXPECT_THAT(parse_problem(R"({"claim":[]})"), HasSubstr("unknown member 'claim'"));
    EXPECT_FALSE(check(rule(std::vector<ClaimCondition>(33, ClaimCondition("a", "b")))));
    EXPECT_FALSE(check(rule({{"a", std::string(1025, 'a')}})));
}

}  // namespace
}  // namespace berth::auth
