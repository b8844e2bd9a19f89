// SPDX-License-Identifier: Apache-2.0
#include "app/value_text.h"

#include "base/bytes.h"

#include <gtest/gtest.h>

namespace berth::app {
namespace {

TEST(ValueText, Sizes) {
    EXPECT_EQ(parse_size("0"), 0U);
    EXPECT_EQ(parse_size("4194304"), 4 * kMiB);
    EXPECT_EQ(parse_size("1KiB"), kKiB);
    EXPECT_EQ(parse_size("4MiB"), 4 * kMiB);
    EXPECT_EQ(parse_size("200GiB"), 200 * kGiB);
    EXPECT_EQ(parse_size("2TiB"), 2048 * kGiB);
    for (const char* text : {"", "MiB", "4 MiB", "4MB", "4mib", "4M", "-1", "+1", "1.5MiB", "0x10",
                             "18446744073709551616", "18014398509481985TiB", "4MiB "}) {
        EXPECT_EQ(parse_size(text), std::nullopt) << text;
    }
}

TEST(ValueText, Durations) {
    EXPECT_EQ(parse_duration("75s"), 75U);
    EXPECT_EQ(parse_duration("5m"), 300U);
    EXPECT_EQ(parse_duration("24h"), 86'400U);
    EXPECT_EQ(parse_duration("7d"), 604'800U);
    for (const char* text :
         {"", "75", "s", "1.5h", "1h30m", "10ms", "-5s", "5 s", "5S", "7w", "213503982334602d"}) {
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
    }
}

TEST(ValueText, Counts) {
    EXPECT_EQ(parse_count("18446744073709551615"), 18446744073709551615ULL);
    for (const char* text : {"", "-1", "1e3", "1,000", "0x1", " 1", "18446744073709551616"}) {
        EXPECT_EQ(parse_count(text), std::nullopt) << text;
    }
}

TEST(ValueText, ShownWithTheLargestWholeUnit) {
    EXPECT_EQ(show_size(0), "0");
    EXPECT_EQ(show_size(1000), "1000");
    EXPECT_EQ(show_size(4 * kMiB), "4MiB");
    EXPECT_EQ(show_size(4 * kMiB + kKiB), "4097KiB");
    EXPECT_EQ(show_size(1024 * kGiB), "1TiB");
    EXPECT_EQ(show_duration(0), "0s");
    EXPECT_EQ(show_duration(75), "75s");
    EXPECT_EQ(show_duration(90 * 60), "90m");
    EXPECT_EQ(show_duration(7 * 86'400), "7d");
}

}  // namespace
}  // namespace berth::app
