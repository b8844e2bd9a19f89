// SPDX-License-Identifier: Apache-2.0
#include "base/ip_network.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace berth {
namespace {

TEST(IpAddress, OneSpelling) {
    const std::pair<const char*, const char*> cases[] = {
        {"127.0.0.1", "127.0.0.1"},         {"::1", "::1"},
        {"2001:DB8:0:0::1", "2001:db8::1"}, {"::ffff:192.0.2.1", "192.0.2.1"},
        {"fe80::1%eth0", "fe80::1"},
    };
    for (const auto& [text, expected] : cases) {
        const auto address = IpAddress::parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->text(), expected);
    }
}

TEST(IpAddress, WhatIsNone) {
    for (const std::string& text :
         {std::string(), std::string("localhost"), std::string("1.2.3"), std::string("1.2.3.4.5"),
          std::string("256.1.1.1"), std::string("1.2.3.4:80"), std::string("[::1]"),
          std::string("1.2.3.4%eth0"), std::string(" 1.2.3.4"), std::string("::1\0x", 5),
          std::string("0x7f.1"), std::string("_hidden")}) {
        EXPECT_FALSE(IpAddress::parse(text)) << text;
    }
}

TEST(IpAddress, PrefixKeepsTheFirstBits) {
    const auto cut = [](const char* text, std::size_t bits) {
        return IpAddress::parse(text)->prefix(bits).text();
    };
    EXPECT_EQ(cut("2001:db8:1:2:3:4:5:6", 64), "2001:db8:1:2::");
    EXPECT_EQ(cut("2001:db8:1:2:3:4:5:6", 128), "2001:db8:1:2:3:4:5:6");
    EXPECT_EQ(cut("255.255.255.255", 20), "255.255.240.0");
    EXPECT_EQ(cut("255.255.255.255", 0), "0.0.0.0");
}

TEST(CountedAddress, IsTheMachines) {
    EXPECT_EQ(counted_address("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(counted_address("::ffff:192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(counted_address("2001:db8:1:2:3::4"), "2001:db8:1:2::");
    EXPECT_EQ(counted_address("2001:db8:1:2:9::"), counted_address("2001:db8:1:2::"));
    EXPECT_EQ(counted_address("elsewhere"), "elsewhere");
}

TEST(IpNetwork, Contains) {
    const auto holds = [](const char* network, const char* address) {
        return IpNetwork::parse(network)->contains(*IpAddress::parse(address));
    };
    EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.1"));
    EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
    EXPECT_TRUE(holds("10.0.0.0/8", "::ffff:10.0.0.1"));
    EXPECT_TRUE(holds("192.0.2.7", "192.0.2.7"));
    EXPECT_FALSE(holds("192.0.2.7", "192.0.2.6"));
    EXPECT_TRUE(holds("fd00::/8", "fdff::1"));
    EXPECT_FALSE(holds("0.0.0.0/0", "::1"));
    EXPECT_FALSE(holds("::/0", "127.0.0.1"));
}

TEST(IpNetwork, WhatIsNone) {
    for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8",
                             "10.0.0.0/08", "10.0.0.1/8", "::/129", "fe80::%eth0/64", "host/8",
                             "10.0.0.0/8/8", "10.0.0.0 /8", "10.0.0.0/8 "}) {
        EXPECT_FALSE(IpNetwork::parse(text)) << text;
    }
}

}  // namespace
}  // namespace berth
