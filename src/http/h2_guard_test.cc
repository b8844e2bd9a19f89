// SPDX-License-Identifier: Apache-2.0
#include "http/h2_guard.h"

#include <gtest/gtest.h>

namespace berth::http {
namespace {

TEST(H2Rate, CountsPerSecond) {
    H2Rate rate(2);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_TRUE(rate.count(start));
    EXPECT_TRUE(rate.count(start + std::chrono::milliseconds(500)));
    EXPECT_FALSE(rate.count(start + std::chrono::milliseconds(999)));
    EXPECT_TRUE(rate.count(start + std::chrono::milliseconds(1000)));
    EXPECT_TRUE(rate.count(start + std::chrono::milliseconds(1001)));
    EXPECT_FALSE(rate.count(start + std::chrono::milliseconds(1999)));
}

TEST(H2Guard, ADownloadPaysForItsWindowUpdates) {
    Limits limits;
    limits.http2_idle_frames_per_second_max = 10;
    H2Guard guard(limits);
    guard.sent(100 * kKiB);
    for (int i = 0; i < 50 + 10; ++i) {
        EXPECT_TRUE(guard.window_update()) << i;
    }
    EXPECT_FALSE(guard.window_update());
}

TEST(H2Guard, NobodySavesUpForAFlood) {
    Limits limits;
    limits.http2_idle_frames_per_second_max = 10;
    H2Guard guard(limits);
    for (int i = 0; i < 1024; ++i) {
        guard.sent(1 * kMiB);
    }
    int updates = 0;
    while (guard.window_update() && updates < 1'000'000) {
        ++updates;
    }
    EXPECT_LT(updates, 100'000);
}

}  // namespace
}  // namespace berth::http
