// SPDX-License-Identifier: Apache-2.0
#include "http/body_memory.h"

#include <gtest/gtest.h>

#include <optional>

namespace berth::http {
namespace {

TEST(BodyMemory, GivesUpToItsSizeAndTakesBack) {
    BodyMemory memory(10);
    {
        BodyMemory::Share first(memory);
        BodyMemory::Share second(memory);
        EXPECT_TRUE(first.take(4));
        EXPECT_TRUE(second.take(6));
        EXPECT_FALSE(second.take(1));
        EXPECT_TRUE(second.take(0));
        EXPECT_EQ(memory.in_use(), 10U);
    }
    EXPECT_EQ(memory.in_use(), 0U);
    BodyMemory::Share all(memory);
    EXPECT_FALSE(all.take(11));
    EXPECT_TRUE(all.take(10));
}

TEST(BodyMemory, AMovedShareIsGivenBackOnce) {
    BodyMemory memory(10);
    std::optional<BodyMemory::Share> kept;
    {
        BodyMemory::Share made(memory);
        EXPECT_TRUE(made.take(7));
        kept.emplace(std::move(made));
    }
    EXPECT_EQ(memory.in_use(), 7U);
    kept.reset();
    EXPECT_EQ(memory.in_use(), 0U);
}

}  // namespace
}  // namespace berth::http
