// SPDX-License-Identifier: Apache-2.0
#include "api/request_rate.h"

#include <gtest/gtest.h>

#include <string>

namespace berth::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr RequestRate::Time kStart{};

/// How many of `count` requests at `now` are let through.
int admitted(RequestRate& rate, const std::string& who, int count, RequestRate::Time now) {
    int passed = 0;
    for (int i = 0; i < count; ++i) {
        passed += rate.admit(who, now) ? 1 : 0;
    }
    return passed;
}

TEST(RequestRate, LetsASecondsWorthThroughAndThenOneAtATime) {
    RequestRate rate(10);
    EXPECT_TRUE(rate.limits());
    EXPECT_EQ(admitted(rate, "a", 15, kStart), 10);
    EXPECT_EQ(admitted(rate, "b", 15, kStart), 10) << "another one's bucket";
    EXPECT_EQ(admitted(rate, "a", 5, kStart + milliseconds(99)), 0);
    EXPECT_EQ(admitted(rate, "a", 5, kStart + milliseconds(100)), 1);
    EXPECT_EQ(admitted(rate, "a", 5, kStart + milliseconds(400)), 3);
    EXPECT_EQ(admitted(rate, "a", 15, kStart + seconds(60)), 10) << "no more than a second's";
}

TEST(RequestRate, SaysWhenToComeBack) {
    RequestRate rate(1);
    EXPECT_TRUE(rate.admit("a", kStart));
    const auto refused = rate.admit("a", kStart + milliseconds(10));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::rate_limited);
    EXPECT_EQ(refused.error().retry_after, seconds(1));
    EXPECT_TRUE(rate.admit("a", kStart + seconds(1)));
}

TEST(RequestRate, OddRatesAreKept) {
    for (const std::uint32_t per_second : {3U, 7U, 999'999U, 1'000'000U}) {
        RequestRate rate(per_second);
        const int most = static_cast<int>(per_second);
        EXPECT_EQ(admitted(rate, "a", most + 1, kStart), most) << per_second;
    }
}

TEST(RequestRate, ZeroLimitsNothing) {
    EXPECT_FALSE(RequestRate(0).limits());
}

TEST(RequestRate, TheTableHasAnEnd) {
    RequestRate rate(1);
    constexpr std::size_t kAll = 16 * RequestRate::kBucketsMax;
    for (std::size_t i = 0; i < kAll + 5000; ++i) {
        EXPECT_TRUE(rate.admit(std::to_string(i), kStart));
    }
    EXPECT_LE(rate.size(), kAll);
    // Who asks again and again is not forgotten for the sake of those who asked once.
    RequestRate busy(10);
    EXPECT_EQ(admitted(busy, "busy", 20, kStart), 10);
    for (std::size_t i = 0; i < kAll + 5000; ++i) {
        EXPECT_TRUE(busy.admit(std::to_string(i), kStart));
    }
    EXPECT_EQ(admitted(busy, "busy", 1, kStart), 0);
}

}  // namespace
}  // namespace berth::api
