// SPDX-License-Identifier: Apache-2.0
#include "auth/fair_queue.h"

#include <gtest/gtest.h>

#include <string>

namespace berth::auth {
namespace {

std::string emptied(FairQueue<char>& queue) {
    std::string order;
    while (!queue.empty()) {
        order += queue.pop();
    }
    return order;
}

TEST(FairQueue, LinesTakeTurns) {
    FairQueue<char> queue;
    for (const char item : {'a', 'b', 'c', 'd'}) {
        queue.push("first", item);
    }
    queue.push("second", '1');
    queue.push("second", '2');
    queue.push("third", 'x');
    EXPECT_EQ(queue.size(), 7U);
    EXPECT_EQ(queue.size_of("first"), 4U);
    EXPECT_EQ(queue.size_of("fourth"), 0U);
    EXPECT_EQ(emptied(queue), "a1xb2cd");
    EXPECT_EQ(queue.size(), 0U);
}

TEST(FairQueue, WhoComesLateIsNextAllTheSame) {
    FairQueue<char> queue;
    for (const char item : {'a', 'b', 'c', 'd'}) {
        queue.push("first", item);
    }
    EXPECT_EQ(queue.pop(), 'a');
    queue.push("second", '1');
    EXPECT_EQ(emptied(queue), "b1cd");
}

TEST(FairQueue, TheLongestLineGivesItsYoungest) {
    FairQueue<char> queue;
    queue.push("first", 'a');
    queue.push("second", '1');
    queue.push("second", '2');
    EXPECT_EQ(queue.drop_from_longer_than(2), std::nullopt);
    EXPECT_EQ(queue.drop_from_longer_than(1), '2');
    EXPECT_EQ(queue.drop_from_longer_than(1), std::nullopt);
    EXPECT_TRUE(queue.drop_from_longer_than(0).has_value());
    EXPECT_TRUE(queue.drop_from_longer_than(0).has_value());
    EXPECT_EQ(queue.drop_from_longer_than(0), std::nullopt);
    queue.push("first", 'b');
    EXPECT_EQ(emptied(queue), "b");
}

}  // namespace
}  // namespace berth::auth
