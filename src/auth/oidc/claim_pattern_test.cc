// SPDX-License-Identifier: Apache-2.0
#include "auth/oidc/claim_pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace berth::auth {
namespace {

TEST(ClaimPattern, WithoutAStarOnlyTheSameTextMatches) {
    EXPECT_TRUE(matches_claim("repo:org/app", "repo:org/app"));
    EXPECT_FALSE(matches_claim("repo:org/app", "repo:org/app2"));
    EXPECT_FALSE(matches_claim("repo:org/app2", "repo:org/app"));
    EXPECT_FALSE(matches_claim("repo:org/app", "Repo:org/app"));
    EXPECT_FALSE(matches_claim("a.c", "abc"));
    EXPECT_FALSE(matches_claim("a?c", "abc"));
    EXPECT_FALSE(matches_claim("", "a"));
    EXPECT_TRUE(matches_claim("", ""));
}

TEST(ClaimPattern, AStarIsAnyText) {
    EXPECT_TRUE(matches_claim("*", ""));
    EXPECT_TRUE(matches_claim("*", "anything/at:all"));
    EXPECT_TRUE(matches_claim("repo:org/app:*", "repo:org/app:ref:refs/heads/main"));
    EXPECT_TRUE(matches_claim("repo:org/app:*", "repo:org/app:"));
    EXPECT_FALSE(matches_claim("repo:org/app:*", "repo:org/app"));
    EXPECT_FALSE(matches_claim("repo:org/app:*", "repo:org/app2:ref"));
    EXPECT_TRUE(matches_claim("*:main", "x:main"));
    EXPECT_FALSE(matches_claim("*:main", "x:main2"));
    EXPECT_TRUE(matches_claim("a*b*c", "abc"));
    EXPECT_TRUE(matches_claim("a*b*c", "axbxbxc"));
    EXPECT_FALSE(matches_claim("a*b*c", "acb"));
    EXPECT_TRUE(matches_claim("a**b", "ab"));
    EXPECT_TRUE(matches_claim("*a*", "xay"));
    EXPECT_FALSE(matches_claim("*a*", "xyz"));
    EXPECT_TRUE(matches_claim("*ab", "aab"));
    EXPECT_TRUE(matches_claim("*", "*"));
    EXPECT_FALSE(matches_claim("ab", "a*"));
}

TEST(ClaimPattern, HostilePatternsEndSoon) {
    std::string pattern;
    for (int i = 0; i < 300; ++i) {
        pattern += "a*";
    }
    EXPECT_FALSE(matches_claim(pattern + "b", std::string(5000, 'a')));
}

}  // namespace
}  // namespace berth::auth
