// SPDX-License-Identifier: Apache-2.0
#include "app/expiry.h"

#include <gtest/gtest.h>

namespace berth::app {
namespace {

constexpr Timestamp kNow{17'000'000'000'000'000};  // 2023-11-14T22:13:20Z

TEST(ParseTime, RoundTripsWhatWePrint) {
    for (const char* text : {"1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z",
                             "2027-01-31T12:00:00.5Z", "2027-01-31T12:00:00.1234567Z"}) {
        const std::optional<Timestamp> time = parse_time(text);
        ASSERT_TRUE(time) << text;
        EXPECT_EQ(format_timestamp(*time), text);
    }
}

TEST(ParseTime, Offsets) {
    EXPECT_EQ(parse_time("2027-01-31T12:00:00+02:00"), parse_time("2027-01-31T10:00:00Z"));
    EXPECT_EQ(parse_time("2027-01-31T22:30:00-03:30"), parse_time("2027-02-01T02:00:00Z"));
    EXPECT_EQ(parse_time("2027-01-31 12:00:00z"), parse_time("2027-01-31T12:00:00Z"));
}

TEST(ParseTime, Malformed) {
    for (const char* text :
         {"", "2027", "2027-01-31", "2027-01-31T12:00:00", "2027-02-29T12:00:00Z",
          "2027-13-01T12:00:00Z", "2027-00-01T12:00:00Z", "2027-01-31T24:00:00Z",
          "2027-01-31T12:60:00Z", "2027-01-31T12:00:61Z", "2027-01-31T12:00:00.Z",
          "2027-01-31T12:00:00+2:00", "2027-01-31T12:00:00+02:60", "2027-01-31T12:00:00Zx",
          "2027-1-31T12:00:00Z", "+027-01-31T12:00:00Z", "2027-01-31T12:0x:00Z"}) {
        EXPECT_FALSE(parse_time(text)) << text;
    }
}

TEST(ParseExpiry, DurationsTimesAndNever) {
    EXPECT_EQ(parse_expiry("30d", kNow).value(),
              Timestamp{kNow.ticks + 30 * 86'400 * kTicksPerSecond});
    EXPECT_EQ(parse_expiry("12h", kNow).value(),
              Timestamp{kNow.ticks + 12 * 3600 * kTicksPerSecond});
    EXPECT_EQ(parse_expiry("2027-01-31T12:00:00Z", kNow).value(),
              parse_time("2027-01-31T12:00:00Z"));
    EXPECT_EQ(parse_expiry("never", kNow).value(), std::nullopt);
    EXPECT_TRUE(parse_expiry("36500d", kNow));
}

TEST(ParseExpiry, Refused) {
    for (const char* text :
         {"", "30", "soon", "0d", "-1d", "2020-01-31T12:00:00Z", "2023-11-14T22:13:20Z", "36501d",
          "9999999999999999999d", "2999-01-01T00:00:00Z"}) {
        const auto parsed = parse_expiry(text, kNow);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code, Errc::bad_request);
    }
}

}  // namespace
}  // namespace berth::app
