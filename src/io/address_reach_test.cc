// SPDX-License-Identifier: Apache-2.0
#include "io/address_reach.h"

#include <gtest/gtest.h>

namespace berth::io {
namespace {

using enum AddressReach;

struct Case {
    const char* address;
    AddressReach reach;
};

constexpr Case kCases[] = {
    {"8.8.8.8", global},
    {"20.190.160.1", global},
    {"0.0.0.0", unusable},
    {"0.1.2.3", unusable},
    {"9.255.255.255", global},
    {"10.0.0.0", internal},
    {"10.255.255.255", internal},
    {"11.0.0.0", global},
    {"100.63.255.255", global},
    {"100.64.0.1", internal},
    {"100.127.255.255", internal},
    {"100.128.0.0", global},
    {"127.0.0.1", loopback},
    {"127.255.255.254", loopback},
    {"128.0.0.1", global},
    {"169.253.255.255", global},
    {"169.254.169.254", internal},
    {"172.15.255.255", global},
    {"172.16.0.1", internal},
    {"172.31.255.255", internal},
    {"172.32.0.0", global},
    {"192.0.0.8", internal},
    {"192.0.1.1", global},
    {"192.0.2.1", internal},
    {"192.88.99.1", internal},
    {"192.167.255.255", global},
    {"192.168.0.1", internal},
    {"198.17.255.255", global},
    {"198.18.0.1", internal},
    {"198.19.255.255", internal},
    {"198.20.0.0", global},
    {"198.51.100.7", internal},
    {"203.0.113.7", internal},
    {"223.255.255.255", global},
    {"224.0.0.1", unusable},
    {"239.255.255.255", unusable},
    {"240.0.0.1", unusable},
    {"255.255.255.255", unusable},
    {"::", unusable},
    {"::1", loopback},
    {"::2", internal},
    {"::127.0.0.1", internal},
    {"::ffff:127.0.0.1", internal},
    {"::ffff:8.8.8.8", internal},
    {"64:ff9b::8.8.8.8", global},
    {"64:ff9b::127.0.0.1", loopback},
    {"64:ff9b::10.1.2.3", internal},
    {"64:ff9b:1::8.8.8.8", internal},
    {"100::1", internal},
    {"2001::1", internal},
    {"2001:1ff::1", internal},
    {"2001:200::1", global},
    {"2001:4860:4860::8888", global},
    {"2001:db8::1", internal},
    {"2001:db9::1", global},
    {"2002:7f00:1::", internal},
    {"2603:1006:2000::1", global},
    {"3ffe::1", global},
    {"3fff:fff::1", internal},
    {"3fff:1000::1", global},
    {"4000::1", internal},
    {"fc00::1", internal},
    {"fdff::1", internal},
    {"fe80::1", internal},
    {"fe80::1%1", internal},
    {"fec0::1", internal},
    {"ff02::1", unusable},
};

TEST(AddressReach, IsThatOfTheRegistries) {
    for (const Case& one : kCases) {
        EXPECT_EQ(reach_of(boost::asio::ip::make_address(one.address)), one.reach) << one.address;
    }
}

}  // namespace
}  // namespace berth::io
