// SPDX-License-Identifier: Apache-2.0
#include "app/scope_rules.h"

#include <gmock/gmock.h>

namespace berth::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Result<oci::Rules> parse(Arguments::Occurrences given, bool may_lack_actions = false) {
    return parse_rules(Arguments({{"--repository", std::move(given)}}), "--repository",
                       may_lack_actions);
}

TEST(ScopeRules, WordsBecomeActionsAndBack) {
    const Result<oci::Rules> rules =
        parse({{"team/*", "content/read", "content/write"},
               {"*", "metadata/write", "metadata/read", "content/delete", "content/read"}});
    ASSERT_TRUE(rules) << rules.error().log_detail;
    ASSERT_EQ(rules->size(), 2U);
    EXPECT_EQ((*rules)[0].pattern, "team/*");
    EXPECT_TRUE((*rules)[0].actions.has(oci::Action::pull));
    EXPECT_TRUE((*rules)[0].actions.has(oci::Action::push));
    EXPECT_EQ((*rules)[0].actions.bits(), 3);
    EXPECT_THAT(action_words((*rules)[0].actions), ElementsAre("content/read", "content/write"));
    EXPECT_THAT(action_words((*rules)[1].actions),
                ElementsAre("content/delete", "content/read", "metadata/read", "metadata/write"));
    EXPECT_THAT(action_words({}), IsEmpty());
    EXPECT_THAT(parse({}).value(), IsEmpty());
}

TEST(ScopeRules, Refused) {
    EXPECT_THAT(parse({{"app", "content/raed"}}).error().log_detail,
                HasSubstr("did you mean 'content/read'?"));
    EXPECT_THAT(parse({{"app", "pull"}}).error().log_detail, HasSubstr("unknown action 'pull'"));
    EXPECT_THAT(parse({{"app"}}).error().log_detail, HasSubstr("which actions?"));
    EXPECT_TRUE(parse({{"app"}}, true).value()[0].actions.empty());
}

}  // namespace
}  // namespace berth::app
