// SPDX-License-Identifier: Apache-2.0
#include "registry/recent_answers.h"

#include <gtest/gtest.h>

#include <string>

namespace berth::registry {
namespace {

using Answers = RecentAnswers<std::string>;

constexpr std::uint64_t kRoomy = 1 << 20;

db::ChangeMark mark_of(std::uint32_t commits) {
    db::ChangeMark mark;
    mark.words[2] = commits;
    return mark;
}

void keep(Answers& answers, const std::string& key, const std::string& text,
          std::uint32_t commits) {
    answers.keep(key, std::make_shared<const std::string>(text), text.size(), mark_of(commits));
}

TEST(RecentAnswers, AnswersUntilSomethingIsCommitted) {
    Answers answers(kRoomy);
    keep(answers, "a", "one", 1);
    ASSERT_NE(answers.find("a", mark_of(1)), nullptr);
    EXPECT_EQ(*answers.find("a", mark_of(1)), "one");
    EXPECT_EQ(answers.find("a", mark_of(2)), nullptr);
    EXPECT_EQ(answers.find("b", mark_of(1)), nullptr);
}

TEST(RecentAnswers, TheLaterLookupReplacesTheEarlier) {
    Answers answers(kRoomy);
    keep(answers, "a", "one", 1);
    keep(answers, "a", "two", 2);
    EXPECT_EQ(answers.find("a", mark_of(1)), nullptr);
    ASSERT_NE(answers.find("a", mark_of(2)), nullptr);
    EXPECT_EQ(*answers.find("a", mark_of(2)), "two");
}

TEST(RecentAnswers, StaysWithinItsRoom) {
    constexpr std::size_t kRoom = 16 * 1024;
    Answers answers(kRoom);
    constexpr std::size_t kKeys = 2000;
    for (std::size_t i = 0; i < kKeys; ++i) {
        keep(answers, std::to_string(i), std::string(100, 'x'), 1);
    }
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < kKeys; ++i) {
        bytes += answers.find(std::to_string(i), mark_of(1)) ? 100 : 0;
    }
    EXPECT_LE(bytes, kRoom);
    EXPECT_GT(bytes, 0U);
}

TEST(RecentAnswers, WhatIsUsedOutlivesWhatIsNot) {
    Answers answers(16 * 1024);
    keep(answers, "used", std::string(100, 'u'), 1);
    for (int i = 0; i < 1000; ++i) {
        keep(answers, std::to_string(i), std::string(100, 'x'), 1);
        ASSERT_NE(answers.find("used", mark_of(1)), nullptr) << i;
    }
    EXPECT_EQ(answers.find("0", mark_of(1)), nullptr);
}

TEST(RecentAnswers, CountsWhatItKnewAndWhatNot) {
    Answers answers(kRoomy);
    keep(answers, "a", "one", 1);
    (void)answers.find("a", mark_of(1));
    (void)answers.find("a", mark_of(2));
    (void)answers.find("b", mark_of(1));
    EXPECT_EQ(answers.statistics().hits, 1U);
    EXPECT_EQ(answers.statistics().misses, 2U);
}

TEST(RecentAnswers, WithoutRoomKeepsNothing) {
    Answers answers(0);
    keep(answers, "a", "one", 1);
    EXPECT_EQ(answers.find("a", mark_of(1)), nullptr);
}

}  // namespace
}  // namespace berth::registry
