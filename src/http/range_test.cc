// SPDX-License-Identifier: Apache-2.0
#include "http/range.h"

#include "base/limits.h"

#include <gtest/gtest.h>

#include <string>

namespace berth::http {
namespace {

/// "whole", "unsatisfiable", or the ranges.
std::string outcome(std::optional<std::string_view> header, std::uint64_t size) {
    const RangeRequest request = parse_range(header, size);
    if (request.kind == RangeRequest::Kind::whole) {
        return "whole";
    }
    if (request.kind == RangeRequest::Kind::unsatisfiable) {
        return "unsatisfiable";
    }
    std::string text;
    for (const ByteRange& range : request.ranges) {
        text += (text.empty() ? "" : " ") + std::to_string(range.first) + "-" +
                std::to_string(range.last);
    }
    return text;
}

struct RangeCase {
    std::string_view header;
    std::uint64_t size;
    std::string_view outcome;
};

constexpr RangeCase kRanges[] = {
    {"bytes=0-99", 1000, "0-99"},
    {"bytes=999-999", 1000, "999-999"},
    {"bytes=500-", 1000, "500-999"},
    {"bytes=-100", 1000, "900-999"},
    {"bytes=0-0", 1, "0-0"},
    // Clamped: Azure clients ask for one byte more than 4 MiB, even of tiny blobs.
    {"bytes=0-4194304", 417, "0-416"},
    {"bytes=-5000", 1000, "0-999"},
    {"bytes=10-18446744073709551615", 1000, "10-999"},
    // A number beyond 64 bits is still a number.
    {"bytes=10-99999999999999999999999", 1000, "10-999"},
    {"bytes=-99999999999999999999999", 1000, "0-999"},
    {"bytes=99999999999999999999999-", 1000, "unsatisfiable"},
    // Several.
    {"bytes=0-1,4-5", 1000, "0-1 4-5"},
    {"bytes=4-5 , 0-1", 1000, "4-5 0-1"},
    {"bytes=0-1,2000-3000", 1000, "0-1"},
    {"bytes=0-999,0-0", 1000, "whole"},  // more than there is
    {"bytes=9223372036854775807-,1-", 18446744073709551615U, "whole"},
    {"bytes=9223372036854775807-,1-,2-", 18446744073709551615U, "whole"},
    {"bytes=0-499,500-999", 1000, "0-499 500-999"},
    // Beyond the end, or turned around.
    {"bytes=1000-", 1000, "unsatisfiable"},
    {"bytes=1000-2000", 1000, "unsatisfiable"},
    {"bytes=5-2", 1000, "unsatisfiable"},
    {"bytes=-0", 1000, "unsatisfiable"},
    {"bytes=0-0", 0, "unsatisfiable"},
    {"bytes=0-", 0, "unsatisfiable"},
    {"bytes=-1", 0, "unsatisfiable"},
    {"bytes=2000-,3000-", 1000, "unsatisfiable"},
    // Another unit, in any case the same.
    {"lines=0-5", 1000, "whole"},
    {"Bytes=0-5", 1000, "0-5"},
    // Not a range at all.
    {"", 1000, "whole"},
    {"bytes", 1000, "whole"},
    {"bytes=", 1000, "whole"},
    {"bytes=-", 1000, "whole"},
    {"bytes=a-b", 1000, "whole"},
    {"bytes=1", 1000, "whole"},
    {"bytes=1-2-3", 1000, "whole"},
    {"bytes=--1", 1000, "whole"},
    {"bytes=+1-2", 1000, "whole"},
    {"bytes=1 - 2", 1000, "whole"},
    {"bytes=0-1,", 1000, "whole"},
    {"bytes=0-1;2-3", 1000, "whole"},
    {"512-", 1000, "whole"},  // acr-wire 11.2: a retry path of one client
};

TEST(ParseRange, TheTable) {
    for (const RangeCase& item : kRanges) {
        EXPECT_EQ(outcome(item.header, item.size), item.outcome)
            << item.header << " of " << item.size;
    }
}

TEST(ParseRange, NoHeaderIsWhole) {
    EXPECT_EQ(outcome(std::nullopt, 1000), "whole");
}

TEST(ParseRange, TooManyAreWhole) {
    std::string header = "bytes=";
    for (std::size_t i = 0; i < kRangesMax; ++i) {
        header += (i == 0 ? "" : ",") + std::to_string(i * 2) + "-" + std::to_string(i * 2);
    }
    EXPECT_EQ(parse_range(header, 1000).ranges.size(), kRangesMax);
    EXPECT_EQ(outcome(header + ",900-901", 1000), "whole");
    EXPECT_EQ(outcome(header + ",5000-", 1000), "whole");  // also those beyond the end count
}

TEST(ParseContentRange, IsFirstDashLast) {
    EXPECT_EQ(parse_content_range("0-735"), (ByteRange{0, 735}));
    EXPECT_EQ(parse_content_range("736-736")->length(), 1U);
    for (const char* malformed :
         {"", "-", "0-", "-5", "-1--1", "5-4", "bytes 0-84521/*", "0-5/6", "bytes=0-5", "a-b",
          "0 - 5", "+0-5", "0-5 ", "0-99999999999999999999999"}) {
        EXPECT_FALSE(parse_content_range(malformed)) << malformed;
    }
}

}  // namespace
}  // namespace berth::http
