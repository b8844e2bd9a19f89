// SPDX-License-Identifier: Apache-2.0
//
// What is refused for what it means is in h1_rules_test.cc; that Boost.Beast reads every accepted
// head in the same way is checked by the fuzzer "head".
#include "http/h1_grammar.h"

#include <gtest/gtest.h>

#include <string>

namespace berth::http {
namespace {

using std::string_literals::operator""s;

constexpr int kAccepted = 0;

int status_of(const std::string& head) {
    RequestHead parsed;
    const auto version = scan_head(head, parsed);
    return version ? kAccepted : version.error().status;
}

int status_of_line(const std::string& line) {
    return status_of(line + "\r\nHost: a\r\n\r\n");
}

int status_of_field(const std::string& field) {
    return status_of("GET / HTTP/1.1\r\n" + field + "\r\n\r\n");
}

TEST(H1Grammar, TakesAHeadApart) {
    const std::string head =
        "PATCH /a%2Fb?x=y HTTP/1.0\r\nHost:reg\r\nX-Empty:\r\nA: \t b c \t\r\n\r\n";
    RequestHead parsed;
    EXPECT_EQ(scan_head(head, parsed), kHttp10);
    EXPECT_EQ(parsed.method, Method::patch);
    EXPECT_EQ(parsed.method_text, "PATCH");
    EXPECT_EQ(parsed.target, "/a%2Fb?x=y");
    ASSERT_EQ(parsed.headers.size(), 3U);
    EXPECT_EQ(parsed.headers[0].name, "Host");
    EXPECT_EQ(parsed.headers[0].value, "reg");
    EXPECT_EQ(parsed.headers[1].value, "");
    EXPECT_EQ(parsed.headers[2].value, "b c");
}

TEST(H1Grammar, RequestLines) {
    for (const char* right : {"GET / HTTP/1.1", "GET / HTTP/1.0", "M-SEARCH * HTTP/1.1",
                              "get /\x80 HTTP/1.1", "GET http://a/b HTTP/1.1"}) {
        EXPECT_EQ(status_of_line(right), kAccepted) << right;
    }
    for (const std::string& wrong :
         {""s, " "s, "GET"s, "GET /"s, "GET  / HTTP/1.1"s, "GET /  HTTP/1.1"s, " GET / HTTP/1.1"s,
          "GET / HTTP/1.1 "s, "GET /a b HTTP/1.1"s, "GET /\t HTTP/1.1"s, "GET /\0 HTTP/1.1"s,
          "GET /\x7f HTTP/1.1"s, "G@T / HTTP/1.1"s, "GET / HTTP/1.2"s, "GET / HTTP/2.0"s,
          "GET / http/1.1"s, "GET / HTTP/1.1x"s, "GET / HTTP/1."s}) {
        EXPECT_EQ(status_of_line(wrong), 400) << wrong;
    }
}

TEST(H1Grammar, FieldNamesAreTokens) {
    EXPECT_EQ(status_of_field("!#$%&'*+-.^_`|~09azAZ: x"), kAccepted);
    for (const std::string& wrong : {": x"s, "a b: x"s, "a : x"s, " a: x"s, "a\0: x"s, "a"s,
                                     "(a): x"s, "\x80: x"s, "a\t: x"s}) {
        EXPECT_EQ(status_of_field(wrong), 400) << wrong;
    }
}

// Values are looked at eight bytes at a time: every byte in every place.
TEST(H1Grammar, ControlCharactersInAValueAreRefusedWhereverTheyAre) {
    constexpr std::size_t kLength = 21;
    for (int byte = 0; byte < 256; ++byte) {
        const auto c = static_cast<char>(byte);
        const bool is_control = (byte < 0x20 && c != '\t') || byte == 0x7F;
        for (std::size_t at = 0; at < kLength; ++at) {
            std::string value(kLength, 'v');
            value[at] = c;
            EXPECT_EQ(status_of_field("X: " + value), is_control ? 400 : kAccepted)
                << byte << " at " << at;
        }
    }
}

TEST(H1Grammar, AHeadEndsWithItsEmptyLine) {
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nA: b\r\n"), 400);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nA: b"), 400);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\nA: b\r\n\r\n"), 400);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), kAccepted);
    EXPECT_EQ(status_of(""), 400);
}

}  // namespace
}  // namespace berth::http
