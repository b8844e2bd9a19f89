// SPDX-License-Identifier: Apache-2.0
#include "io/address_reach.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace berth::io {
namespace {

namespace ip = boost::asio::ip;
using enum AddressReach;

template <std::size_t Bytes>
struct Network {
    std::array<unsigned char, Bytes> address;
    unsigned bits;
    AddressReach reach;
};

// The first network that fits decides.
constexpr Network<4> kNetworks4[] = {
    {{0, 0, 0, 0}, 8, unusable},        // "this network"; Linux connects to itself
    {{10, 0, 0, 0}, 8, internal},       // private
    {{100, 64, 0, 0}, 10, internal},    // shared, carrier NAT
    {{127, 0, 0, 0}, 8, loopback},      //
    {{169, 254, 0, 0}, 16, internal},   // link-local; clouds answer metadata there
    {{172, 16, 0, 0}, 12, internal},    // private
    {{192, 0, 0, 0}, 24, internal},     // protocol assignments
    {{192, 0, 2, 0}, 24, internal},     // documentation
    {{192, 88, 99, 0}, 24, internal},   // 6to4 relays
    {{192, 168, 0, 0}, 16, internal},   // private
    {{198, 18, 0, 0}, 15, internal},    // benchmarks
    {{198, 51, 100, 0}, 24, internal},  // documentation
    {{203, 0, 113, 0}, 24, internal},   // documentation
    {{224, 0, 0, 0}, 4, unusable},      // multicast
    {{240, 0, 0, 0}, 4, unusable},      // reserved, broadcast
    {{0, 0, 0, 0}, 0, global},
};

constexpr Network<16> kNetworks6[] = {
    {{}, 128, unusable},  // unspecified
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, loopback},
    {{0xff}, 8, unusable},                     // multicast
    {{0x20, 0x01, 0x00}, 23, internal},        // assignments, Teredo, ORCHID
    {{0x20, 0x01, 0x0d, 0xb8}, 32, internal},  // documentation
    {{0x20, 0x02}, 16, internal},              // 6to4
    {{0x3f, 0xff}, 20, internal},              // documentation
    {{0x20}, 3, global},                       // global unicast
    {{},
     0,
     internal},  // everything else: mapped IPv4, NAT64 of a network's own, fc00::/7, fe80::/10
};

// NAT64 (RFC 6052): networks without IPv4 reach it through these addresses.
constexpr std::array<unsigned char, 12> kNat64 = {0x00, 0x64, 0xff, 0x9b};

template <std::size_t Bytes>
bool contains(const Network<Bytes>& network, const std::array<unsigned char, Bytes>& address) {
    const std::size_t whole = network.bits / 8;
    if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole),
                    network.address.begin())) {
        return false;
    }
    const unsigned rest = network.bits % 8;
    return rest == 0 || ((address.at(whole) ^ network.address.at(whole)) >> (8 - rest)) == 0;
}

template <std::size_t Bytes>
AddressReach look_up(std::span<const Network<Bytes>> networks,
                     const std::array<unsigned char, Bytes>& address) {
    const auto found = std::ranges::find_if(
        networks, [&address](const auto& network) { return contains(network, address); });
    return found == networks.end() ? internal : found->reach;
}

}  // namespace

AddressReach reach_of(const ip::address& address) {
    if (address.is_v4()) {
        return look_up<4>(kNetworks4, address.to_v4().to_bytes());
    }
    const ip::address_v6::bytes_type bytes = address.to_v6().to_bytes();
    if (std::equal(kNat64.begin(), kNat64.end(), bytes.begin())) {
        return look_up<4>(kNetworks4, {bytes[12], bytes[13], bytes[14], bytes[15]});
    }
    return look_up<16>(kNetworks6, bytes);
}

}  // namespace berth::io
