// SPDX-License-Identifier: Apache-2.0
#include "auth/basic_credentials.h"

#include "base/bytes.h"
#include "base/encode.h"

#include <gtest/gtest.h>

namespace berth::auth {
namespace {

std::string basic(std::string_view pair) {
    return "Basic " + base64_encode(as_bytes(pair));
}

TEST(BasicCredentials, FirstColonSplits) {
    const auto credentials = parse_basic(basic("admin:a:b:"));
    ASSERT_TRUE(credentials.has_value());
    EXPECT_EQ(credentials->name, "admin");
    EXPECT_EQ(credentials->password, "a:b:");
}

TEST(BasicCredentials, KnownHeader) {
    // RFC 7617 2.
    const auto credentials = parse_basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    ASSERT_TRUE(credentials.has_value());
    EXPECT_EQ(credentials->name, "Aladdin");
    EXPECT_EQ(credentials->password, "open sesame");
}

TEST(BasicCredentials, SchemeInAnyCaseAndSpaces) {
    for (const char* header : {"basic YTpi", "BASIC YTpi", "bAsIc  YTpi", "Basic YTpi "}) {
        EXPECT_TRUE(parse_basic(header).has_value()) << header;
    }
}

TEST(BasicCredentials, EmptyPasswordIsWellFormed) {
    const auto credentials = parse_basic(basic("admin:"));
    ASSERT_TRUE(credentials.has_value());
    EXPECT_EQ(credentials->password, "");
}

TEST(BasicCredentials, Refused) {
    const std::string cases[] = {
        "",
        "Basic",
        "Basic ",
        "BasicYTpi",
        "Basi YTpi",
        "Bearer YTpi",
        "Digest username=\"a\"",
        "Basic !!!!",
        "Basic YT pi",
        "Basic\tYTpi",
        basic("nocolon"),
        basic(":password"),
        basic(std::string_view("admin\0x:y", 9)),
        basic(std::string_view("admin:y\0z", 9)),
    };
    for (const std::string& header : cases) {
        EXPECT_FALSE(parse_basic(header).has_value()) << header;
    }
}

TEST(BasicCredentials, NeitherNameNorPassword) {
    EXPECT_TRUE(is_blank_basic("Basic Og=="));
    EXPECT_TRUE(is_blank_basic("basic  Og== "));
    for (const std::string_view other : {"", "Basic", "Basic OmE=", "Basic YTo=", "Bearer Og=="}) {
        EXPECT_FALSE(is_blank_basic(other)) << other;
    }
}

TEST(BearerCredentials, SchemeInAnyCaseThenTheToken) {
    EXPECT_EQ(parse_bearer("Bearer abc.def"), "abc.def");
    EXPECT_EQ(parse_bearer("bEARER  abc "), "abc");
    EXPECT_EQ(parse_bearer("Bearer"), "");
    EXPECT_EQ(parse_bearer("Bearer "), "");
    for (const std::string_view other : {"", "Bear", "Bearerabc", "Basic abc", " Bearer abc"}) {
        EXPECT_EQ(parse_bearer(other), std::nullopt) << other;
    }
}

}  // namespace
}  // namespace berth::auth
