// SPDX-License-Identifier: Apache-2.0
#include "app/progress.h"

#include <gtest/gtest.h>

#include <array>
#include <unistd.h>

namespace berth::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(ProgressTest, SaysHowMuchHowFastAndHowLong) {
    EXPECT_EQ(Progress::line("hashing", 1ULL << 30, 4ULL << 30, seconds(2)),
              "hashing  25%  1.0 GiB of 4.0 GiB  512.0 MiB/s  6 s left");
    EXPECT_EQ(Progress::line("copying", 1024, 0, seconds(1)), "copying  1.0 KiB  1.0 KiB/s");
    EXPECT_EQ(Progress::line("copying", 0, 10, milliseconds(0)), "copying  0%  0 B of 10 B  0 B/s");
    EXPECT_EQ(Progress::line("copying", 20, 10, seconds(1)),
              "copying  100%  10 B of 10 B  20 B/s  0 s left");
    EXPECT_EQ(Progress::line("x", 1, 7201, seconds(1)), "x  0%  1 B of 7.0 KiB  1 B/s  2 h left");
}

TEST(ProgressTest, RoundsSizes) {
    EXPECT_EQ(rough_size(0), "0 B");
    EXPECT_EQ(rough_size(1023), "1023 B");
    EXPECT_EQ(rough_size(1536), "1.5 KiB");
    EXPECT_EQ(rough_size(5ULL << 50), "5120.0 TiB");
}

TEST(ProgressTest, PrintsNothingWhereThereIsNoTerminal) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    {
        Progress progress(ends[1]);
        progress.begin("hashing", 10);
        progress.add(5);
    }
    ::close(ends[1]);
    char byte = 0;
    EXPECT_EQ(::read(ends[0], &byte, 1), 0);
    ::close(ends[0]);
}

}  // namespace
}  // namespace berth::app
