// SPDX-License-Identifier: Apache-2.0
//
// Numeric IP addresses and networks (`10.0.0.0/8`, `fd00::/8`) as values. Pure; no names are looked
// up. An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is that IPv4 address.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace berth {

class IpAddress {
  public:
    /// A numeric address, no brackets; an IPv6 zone (`%eth0`) is dropped. nullopt for anything
    /// else.
    static std::optional<IpAddress> parse(std::string_view text);

    bool is_v4() const { return v4_; }

    /// In the one usual spelling.
    std::string text() const;
    /// With all but the first `bits` bits zero, counted from the start of the address.
    IpAddress prefix(std::size_t bits) const;

    friend bool operator==(const IpAddress&, const IpAddress&) = default;

  private:
    IpAddress() = default;

    bool v4_ = false;
    std::array<unsigned char, 16> bytes_{};  // IPv4: the first four
};

/// What a client's limits are counted by: an IPv4 address, the /64 of an IPv6 address, of which one
/// machine has as many as it likes. Text that is no address stands for itself.
std::string counted_address(std::string_view address);

class IpNetwork {
  public:
    /// `ADDRESS/BITS`, or an address alone. nullopt when malformed or when the address has bits
    /// behind the prefix: somebody meant something else.
    static std::optional<IpNetwork> parse(std::string_view text);

    bool contains(const IpAddress& address) const;

  private:
    IpNetwork(const IpAddress& base, std::size_t bits) : base_(base), bits_(bits) {}

    IpAddress base_;
    std::size_t bits_;
};

}  // namespace berth
