// SPDX-License-Identifier: Apache-2.0
#include "oci/glob.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace berth::oci {
namespace {

TEST(Glob, Examples) {
    EXPECT_TRUE(matches_glob("*", ""));
    EXPECT_TRUE(matches_glob("*", "team/app"));
    EXPECT_TRUE(matches_glob("team/*", "team/app/deep"));
    EXPECT_FALSE(matches_glob("team/*", "team"));
    EXPECT_TRUE(matches_glob("pr-*-*", "pr-1-2-3"));
    EXPECT_TRUE(matches_glob("*-rc*", "1.0-rc1"));
    EXPECT_FALSE(matches_glob("*-rc", "1.0-rc1"));
    EXPECT_TRUE(matches_glob("v1", "v1"));
    EXPECT_FALSE(matches_glob("v1", "v10"));
    EXPECT_FALSE(matches_glob("", "v"));
    EXPECT_TRUE(matches_glob("", ""));
    EXPECT_FALSE(matches_glob("v?", "v1"));
}

bool slowly(std::string_view pattern, std::string_view text) {
    if (pattern.empty()) {
        return text.empty();
    }
    if (pattern.front() == '*') {
        return slowly(pattern.substr(1), text) ||
               (!text.empty() && slowly(pattern, text.substr(1)));
    }
    return !text.empty() && text.front() == pattern.front() &&
           slowly(pattern.substr(1), text.substr(1));
}

TEST(Glob, IsWhatTheDefinitionSays) {
    std::mt19937 random(7);
    const auto word = [&random](std::string_view letters) {
        std::string text(random() % 8, ' ');
        for (char& c : text) {
            c = letters[random() % letters.size()];
        }
        return text;
    };
    for (int i = 0; i < 20000; ++i) {
        const std::string pattern = word("ab*");
        const std::string text = word("ab");
        ASSERT_EQ(matches_glob(pattern, text), slowly(pattern, text)) << pattern << " " << text;
    }
}

}  // namespace
}  // namespace berth::oci
