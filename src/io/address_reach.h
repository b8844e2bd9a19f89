// SPDX-License-Identifier: Apache-2.0
//
// Where an address leads: a server that fetches what others name must not be led into its own
// network. Pure; called before every outgoing connection. Source: the special-purpose address
// registries of IANA (RFC 6890).
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstdint>

namespace berth::io {

enum class AddressReach : std::uint8_t {
    global,    // the public Internet
    loopback,  // this machine
    internal,  // private, link-local, unique-local, shared, documentation, tunnels, translations
    unusable,  // unspecified, multicast, reserved: nobody to connect to
};

AddressReach reach_of(const boost::asio::ip::address& address);

}  // namespace berth::io
