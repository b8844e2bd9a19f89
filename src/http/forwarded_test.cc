// SPDX-License-Identifier: Apache-2.0
#include "http/forwarded.h"

#include "http/testing/fake_body.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace berth::http {
namespace {

constexpr const char* kProxies = "10.0.0.0/8, 192.0.2.1, fd00::/8";

/// What an exchange says after a proxy's headers were looked at.
struct Seen {
    std::string address;
    std::string host;
    bool secure = false;
    bool refused = false;
};

Seen seen(std::string_view peer, std::vector<HeaderView> headers, bool tls = false,
          std::string_view proxies = kProxies) {
    RequestHead head;
    headers.push_back({"Host", "internal:5000"});
    head.headers = std::move(headers);
    FakeBody body({});
    Exchange exchange(head, body, peer, tls);
    const auto trusted = TrustedProxies::parse(proxies);
    EXPECT_TRUE(trusted.has_value());
    const Result<void> applied = trusted->apply(exchange);
    if (!applied) {
        EXPECT_EQ(applied.error().code, Errc::bad_request);
    }
    Seen result;
    result.address = exchange.remote_address;
    result.host = exchange.host().value_or("none");
    result.secure = exchange.secure;
    result.refused = !applied;
    return result;
}

std::string client(std::string_view forwarded_for, std::string_view peer = "10.0.0.1") {
    return seen(peer, {{"X-Forwarded-For", forwarded_for}}).address;
}

TEST(TrustedProxies, WhatIsNoNetworkIsRefused) {
    for (const char* text : {"proxy.example", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/8,",
                             "10.0.0.0/8 192.0.2.1", "10.0.0.0/8,,::1", "*"}) {
        const auto proxies = TrustedProxies::parse(text);
        ASSERT_FALSE(proxies.has_value()) << text;
        EXPECT_EQ(proxies.error().code, Errc::bad_request);
    }
    std::string many;
    for (int i = 0; i < 257; ++i) {
        many += (i == 0 ? "" : ",") + std::string("::1");
    }
    EXPECT_FALSE(TrustedProxies::parse(many).has_value());
    EXPECT_TRUE(TrustedProxies::parse(" ").has_value());
}

TEST(TrustedProxies, OthersAreNotBelieved) {
    const std::vector<HeaderView> lies{{"X-Forwarded-For", "203.0.113.1"},
                                       {"X-Forwarded-Host", "evil.example"},
                                       {"X-Forwarded-Proto", "https"}};
    for (const std::string_view proxies : {std::string_view(kProxies), std::string_view("")}) {
        const Seen result = seen("198.51.100.1", lies, false, proxies);
        EXPECT_EQ(result.address, "198.51.100.1");
        EXPECT_EQ(result.host, "internal:5000");
        EXPECT_FALSE(result.secure);
        EXPECT_FALSE(result.refused);
    }
    EXPECT_FALSE(seen("198.51.100.1", {{"X-Forwarded-Host", "a b"}}).refused);
}

TEST(TrustedProxies, AreBelieved) {
    for (const std::string_view peer : {"10.1.2.3", "192.0.2.1", "fd00::1", "::ffff:10.1.2.3"}) {
        const Seen result = seen(peer, {{"x-forwarded-for", "203.0.113.1"},
                                        {"x-forwarded-host", "Reg.example:8443"},
                                        {"x-forwarded-proto", "HTTPS"}});
        EXPECT_EQ(result.address, "203.0.113.1");
        EXPECT_EQ(result.host, "Reg.example:8443");
        EXPECT_TRUE(result.secure);
    }
}

TEST(TrustedProxies, TheLastStrangerIsTheClient) {
    EXPECT_EQ(client("203.0.113.1"), "203.0.113.1");
    EXPECT_EQ(client("1.1.1.1, 203.0.113.1, 10.9.9.9"), "203.0.113.1") << "what it claims itself";
    EXPECT_EQ(client("10.0.0.3,10.0.0.2"), "10.0.0.3") << "all are trusted";
    EXPECT_EQ(client("203.0.113.1:4711"), "203.0.113.1");
    EXPECT_EQ(client("2001:db8::1"), "2001:db8::1");
    EXPECT_EQ(client("[2001:db8::1]:4711"), "2001:db8::1");
    EXPECT_EQ(client("203.0.113.1", "198.51.100.1"), "198.51.100.1");
    EXPECT_EQ(
        seen("10.0.0.1", {{"X-Forwarded-For", "203.0.113.1"}, {"X-Forwarded-For", "203.0.113.2"}})
            .address,
        "203.0.113.2");
}

TEST(TrustedProxies, WhatIsNoAddressEndsTheSearch) {
    for (const char* text : {"", "unknown", "_hidden", ",", ", ,", "203.0.113.1,", "[::1", "[]",
                             "203.0.113.999", "1.2.3.4 5.6.7.8", ":", "::1::"}) {
        EXPECT_EQ(client(text), "10.0.0.1") << text;
    }
    EXPECT_EQ(client("garbage, 10.0.0.2"), "10.0.0.2");
    std::string endless;
    for (int i = 0; i < 10'000; ++i) {
        endless += "10.0.0.2,";
    }
    EXPECT_EQ(client("203.0.113.1," + endless + "10.0.0.2"), "10.0.0.2");
}

TEST(TrustedProxies, AnUnclearSchemeLeavesTheConnections) {
    for (const bool tls : {false, true}) {
        for (const char* value : {"", "ftp", "https,http", "https http", "http\\"}) {
            EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-Proto", value}}, tls).secure, tls) << value;
        }
    }
    EXPECT_FALSE(seen("10.0.0.1", {{"X-Forwarded-Proto", "http"}}, true).secure);
    EXPECT_TRUE(seen("10.0.0.1", {{"X-Forwarded-Proto", "https, https"}}).secure);
}

TEST(TrustedProxies, DifferentHostsLeaveTheHostHeader) {
    EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-Host", "a.example, b.example"}}).host,
              "internal:5000");
    EXPECT_EQ(
        seen("10.0.0.1", {{"X-Forwarded-Host", "a.example"}, {"X-Forwarded-Host", "b.example"}})
            .host,
        "internal:5000");
    EXPECT_EQ(
        seen("10.0.0.1", {{"X-Forwarded-Host", "a.example"}, {"X-Forwarded-Host", "A.example"}})
            .host,
        "a.example");
}

TEST(TrustedProxies, AMalformedHostIsRefused) {
    for (const char* value : {"", "a b", "a\"b", "a/b", "user@a", "\xC3\xA9.example"}) {
        EXPECT_TRUE(seen("10.0.0.1", {{"X-Forwarded-Host", value}}).refused) << value;
    }
    const std::string endless(256, 'a');
    EXPECT_TRUE(seen("10.0.0.1", {{"X-Forwarded-Host", endless}}).refused);
}

TEST(TrustedProxies, OnlySoManyHopsAreLookedAt) {
    std::string hops = "192.0.2.77";
    for (int i = 1; i <= 70; ++i) {
        hops += ", 10.0.0." + std::to_string(i);
    }
    EXPECT_EQ(client(hops), "10.0.0.7") << "64 from the end";
    EXPECT_EQ(client(hops.substr(0, hops.find(", 10.0.0.64"))), "192.0.2.77");
}

}  // namespace
}  // namespace berth::http
