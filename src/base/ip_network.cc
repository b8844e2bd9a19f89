// SPDX-License-Identifier: Apache-2.0
#include "base/ip_network.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <netinet/in.h>

namespace berth {
namespace {

constexpr std::size_t kBitsV4 = 32;
constexpr std::size_t kBitsV6 = 128;
constexpr std::size_t kBitsOfOneMachine = 64;
constexpr std::size_t kByteBits = 8;
constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::size_t bits_of(const IpAddress& address) {
    return address.is_v4() ? kBitsV4 : kBitsV6;
}

std::optional<std::size_t> parse_bits(std::string_view text, std::size_t most) {
    std::size_t bits = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, bits);
    const bool padded = text.size() > 1 && text.front() == '0';
    if (error != std::errc() || stopped != end || bits > most || padded) {
        return std::nullopt;
    }
    return bits;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    const std::string numeric(text.substr(0, text.find('%')));
    if (numeric.find('\0') != std::string::npos) {
        return std::nullopt;
    }
    IpAddress address;
    if (inet_pton(AF_INET, numeric.c_str(), address.bytes_.data()) == 1) {
        address.v4_ = true;
        return numeric.size() == text.size() ? std::optional(address) : std::nullopt;
    }
    if (inet_pton(AF_INET6, numeric.c_str(), address.bytes_.data()) != 1) {
        return std::nullopt;
    }
    if (std::equal(kMapped.begin(), kMapped.end(), address.bytes_.begin())) {
        IpAddress mapped;
        mapped.v4_ = true;
        std::copy_n(address.bytes_.begin() + kMapped.size(), 4, mapped.bytes_.begin());
        return mapped;
    }
    return address;
}

std::string IpAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> out{};
    inet_ntop(v4_ ? AF_INET : AF_INET6, bytes_.data(), out.data(), out.size());
    return out.data();
}

IpAddress IpAddress::prefix(std::size_t bits) const {
    IpAddress cut = *this;
    for (std::size_t i = 0; i < cut.bytes_.size(); ++i) {
        const std::size_t kept = bits - std::min(bits, i * kByteBits);
        if (kept < kByteBits) {
            cut.bytes_[i] &= static_cast<unsigned char>(0xff00U >> kept);
        }
    }
    return cut;
}

std::string counted_address(std::string_view address) {
    const auto parsed = IpAddress::parse(address);
    if (!parsed) {
        return std::string(address);
    }
    return parsed->is_v4() ? parsed->text() : parsed->prefix(kBitsOfOneMachine).text();
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address || text.find('%') != std::string_view::npos) {
        return std::nullopt;
    }
    if (slash == std::string_view::npos) {
        return IpNetwork(*address, bits_of(*address));
    }
    const auto bits = parse_bits(text.substr(slash + 1), bits_of(*address));
    if (!bits || address->prefix(*bits) != *address) {
        return std::nullopt;
    }
    return IpNetwork(*address, *bits);
}

bool IpNetwork::contains(const IpAddress& address) const {
    return address.is_v4() == base_.is_v4() && address.prefix(bits_) == base_;
}

}  // namespace berth
