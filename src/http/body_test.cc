// SPDX-License-Identifier: Apache-2.0
#include "http/body.h"

#include "http/testing/fake_body.h"
#include "io/testing/run_task.h"

#include <gtest/gtest.h>

namespace berth::http {
namespace {

TEST(ReadAll, JoinsThePieces) {
    FakeBody body({"he", "llo"});
    EXPECT_EQ(io::run_task(read_all(body, 5)).value(), "hello");
    FakeBody nothing({});
    EXPECT_EQ(io::run_task(read_all(nothing, 0)).value(), "");
}

TEST(ReadAll, RefusesADeclaredLengthUnread) {
    FakeBody body({"hello"}, 5);
    const auto text = io::run_task(read_all(body, 4));
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code, Errc::payload_too_large);
    EXPECT_EQ(body.reads, 0);
}

TEST(ReadAll, RefusesAnUndeclaredLengthOnceItShows) {
    FakeBody body({"he", "llo", "never read"});
    const auto text = io::run_task(read_all(body, 4));
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code, Errc::payload_too_large);
    EXPECT_EQ(body.reads, 2);
}

TEST(ReadAll, HandsErrorsOn) {
    FakeBody body({"he"});
    body.failure = Errc::cancelled;
    const auto text = io::run_task(read_all(body, 100));
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code, Errc::cancelled);
}

}  // namespace
}  // namespace berth::http
