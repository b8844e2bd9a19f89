// SPDX-License-Identifier: Apache-2.0
#include "app/descriptor_limit.h"

#include <gtest/gtest.h>

#include <sys/resource.h>

namespace berth::app {
namespace {

TEST(DescriptorLimit, TheSoftLimitBecomesTheHardOne) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit low = before;
    low.rlim_cur = 100;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
    EXPECT_EQ(raise_descriptor_limit(), before.rlim_max);
    rlimit after{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
    EXPECT_EQ(after.rlim_cur, before.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST(DescriptorLimit, LeavesSomeForFiles) {
    EXPECT_EQ(connections_within(UINT64_MAX, 10'000), 10'000U);
    EXPECT_EQ(connections_within(10'512, 10'000), 10'000U);
    EXPECT_EQ(connections_within(10'511, 10'000), 9'999U);
    EXPECT_EQ(connections_within(1024, 10'000), 512U);
    EXPECT_EQ(connections_within(64, 10'000), 32U);
    EXPECT_EQ(connections_within(64, 7), 7U);
}

}  // namespace
}  // namespace berth::app
