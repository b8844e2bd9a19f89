// SPDX-License-Identifier: Apache-2.0
#include "http/body.h"

#include "http/testing/fake_body.h"
#include "io/testing/run_task.h"

#include <gtest/gtest.h>

namespace berth::http {
namespace {

Result<std::string> read_whole(FakeBody& body, std::uint64_t bytes_max) {
    BodyMemory memory(1000);
    BodyMemory::Share share(memory);
    return io::run_task(read_all(body, bytes_max, share));
}

TEST(ReadAll, JoinsThePieces) {
    FakeBody body({"he", "llo"});
    EXPECT_EQ(read_whole(body, 5).value(), "hello");
    FakeBody nothing({});
    EXPECT_EQ(read_whole(nothing, 0).value(), "");
}

TEST(ReadAll, RefusesADeclaredLengthUnread) {
    FakeBody body({"hello"}, 5);
    const auto text = read_whole(body, 4);
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code, Errc::payload_too_large);
    EXPECT_EQ(body.reads, 0);
}

TEST(ReadAll, RefusesAnUndeclaredLengthOnceItShows) {
    FakeBody body({"he", "llo", "never read"});
    const auto text = read_whole(body, 4);
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code, Errc::payload_too_large);
    EXPECT_EQ(body.reads, 2);
}

TEST(ReadAll, TakesAsMuchMemoryAsItRead) {
    BodyMemory memory(8);
    BodyMemory::Share first(memory);
    FakeBody body({"he", "llo"}, 5);
    ASSERT_TRUE(io::run_task(read_all(body, 100, first)));
    EXPECT_EQ(memory.in_use(), 5U);
    BodyMemory::Share second(memory);
    FakeBody fits({"you"});
    EXPECT_TRUE(io::run_task(read_all(fits, 100, second)));
    BodyMemory::Share third(memory);
    FakeBody one_too_many({"!"});
    const auto refused = io::run_task(read_all(one_too_many, 100, third));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unavailable);
}

TEST(ReadAll, HandsErrorsOn) {
    FakeBody body({"he"});
    body.failure = Errc::cancelled;
    const auto text = read_whole(body, 100);
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code, Errc::cancelled);
}

}  // namespace
}  // namespace berth::http
