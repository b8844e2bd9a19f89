// SPDX-License-Identifier: Apache-2.0
#include "http/client_url.h"

#include <gtest/gtest.h>

namespace berth::http {
namespace {

std::string shown(std::string_view text) {
    const auto url = parse_client_url(text);
    if (!url) {
        return "";
    }
    return std::string(url->secure ? "tls " : "plain ") + url->host + " " +
           std::to_string(url->port) + " " + url->authority + " " + url->target;
}

TEST(ClientUrl, IsTakenApart) {
    EXPECT_EQ(shown("https://login.example/t/v2.0?a=b&c=%20"),
              "tls login.example 443 login.example /t/v2.0?a=b&c=%20");
    EXPECT_EQ(shown("HTTPS://Login.Example"), "tls login.example 443 login.example /");
    EXPECT_EQ(shown("https://a:8443"), "tls a 8443 a:8443 /");
    EXPECT_EQ(shown("https://a:443/"), "tls a 443 a /");
    EXPECT_EQ(shown("http://a"), "plain a 80 a /");
    EXPECT_EQ(shown("http://a:443"), "plain a 443 a:443 /");
    EXPECT_EQ(shown("https://a?q"), "tls a 443 a /?q");
    EXPECT_EQ(shown("https://127.0.0.1:1/x"), "tls 127.0.0.1 1 127.0.0.1:1 /x");
    EXPECT_EQ(shown("https://[::1]/x"), "tls ::1 443 [::1] /x");
    EXPECT_EQ(shown("https://[2001:DB8::1]:8443/x"), "tls 2001:db8::1 8443 [2001:db8::1]:8443 /x");
}

TEST(ClientUrl, AnythingElseIsNone) {
    const char* const texts[] = {
        "",
        "https://",
        "https:///x",
        "https:/a",
        "ftp://a/",
        "file:///etc/passwd",
        "//a/",
        "a/b",
        "https://user@a/",
        "https://user:pw@a/",
        "https://a@127.0.0.1/",
        "https://a\\@b/",
        "https://a/#fragment",
        "https://a/b c",
        "https://a/\r\nX: y",
        "https://a/\x7f",
        "https://a/\xc3\xa4",
        "https://\xc3\xa4/",
        "https://a%2eb/",
        "https://a:/",
        "https://a:0/",
        "https://a:65536/",
        "https://a:-1/",
        "https://a:80x/",
        "https://a:80:90/",
        "https://::1/",
        "https://[::1/",
        "https://[::1]x/",
        "https://[::1%25lo]/",
        "https://[a]/",
        "https://[]/",
    };
    for (const char* text : texts) {
        EXPECT_EQ(shown(text), "") << text;
    }
    EXPECT_EQ(shown("https://" + std::string(254, 'a')), "");
    EXPECT_EQ(shown("https://a/" + std::string(kClientUrlBytesMax, 'a')), "");
}

}  // namespace
}  // namespace berth::http
