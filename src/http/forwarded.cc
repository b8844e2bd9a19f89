// SPDX-License-Identifier: Apache-2.0
#include "http/forwarded.h"

#include "base/try.h"

#include <algorithm>
#include <optional>
#include <string>

namespace berth::http {
namespace {

constexpr std::size_t kNetworksMax = 256;
// Addresses of X-Forwarded-For that are looked at, from the end.
constexpr std::size_t kHopsMax = 64;
constexpr std::size_t kHostLengthMax = 255;

/// The elements of a list, without blanks around them.
std::vector<std::string_view> elements(std::string_view list) {
    std::vector<std::string_view> found;
    while (true) {
        const std::size_t comma = list.find(',');
        found.push_back(trimmed(list.substr(0, comma)));
        if (comma == std::string_view::npos) {
            return found;
        }
        list.remove_prefix(comma + 1);
    }
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
std::optional<IpAddress> address_of_hop(std::string_view hop) {
    if (hop.starts_with('[')) {
        const std::size_t bracket = hop.find(']');
        return bracket == std::string_view::npos ? std::nullopt
                                                 : IpAddress::parse(hop.substr(1, bracket - 1));
    }
    const std::size_t colon = hop.find(':');
    const bool one_colon = colon != std::string_view::npos && colon == hop.rfind(':');
    return IpAddress::parse(one_colon ? hop.substr(0, colon) : hop);
}

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._:[]").find(c) != std::string_view::npos;
}

bool is_host(std::string_view text) {
    return !text.empty() && text.size() <= kHostLengthMax &&
           std::ranges::all_of(text, is_host_character);
}

/// What all values of a header say; nullopt when there is none or when they differ.
std::optional<std::string> agreed(const RequestHead& request, std::string_view name) {
    if (!request.header(name)) {
        return std::nullopt;
    }
    const std::string merged = request.merged(name);
    const std::vector<std::string_view> values = elements(merged);
    const bool same = std::ranges::all_of(
        values, [&](std::string_view value) { return equal_ignoring_case(value, values.front()); });
    return same ? std::optional(std::string(values.front())) : std::nullopt;
}

}  // namespace

Result<TrustedProxies> TrustedProxies::parse(std::string_view text) {
    TrustedProxies proxies;
    if (trimmed(text).empty()) {
        return proxies;
    }
    for (const std::string_view element : elements(text)) {
        const auto network = IpNetwork::parse(element);
        if (!network) {
            return fail(Errc::bad_request, "'" + std::string(element) +
                                               "' is no network; ADDRESS/BITS has no bits set "
                                               "behind the first BITS");
        }
        if (proxies.networks_.size() == kNetworksMax) {
            return fail(Errc::bad_request,
                        "more than " + std::to_string(kNetworksMax) + " networks");
        }
        proxies.networks_.push_back(*network);
    }
    return proxies;
}

bool TrustedProxies::trusts(const IpAddress& address) const {
    return std::ranges::any_of(networks_,
                               [&](const IpNetwork& network) { return network.contains(address); });
}

bool TrustedProxies::trusts(std::string_view address) const {
    const auto parsed = networks_.empty() ? std::nullopt : IpAddress::parse(address);
    return parsed && trusts(*parsed);
}

IpAddress TrustedProxies::client_of(const RequestHead& request, const IpAddress& peer) const {
    IpAddress client = peer;
    const std::string merged = request.merged("X-Forwarded-For");
    std::string_view left = merged;
    for (std::size_t hop = 0; hop < kHopsMax && !left.empty() && trusts(client); ++hop) {
        const std::size_t comma = left.rfind(',');
        const std::size_t from = comma == std::string_view::npos ? 0 : comma + 1;
        const auto address = address_of_hop(trimmed(left.substr(from)));
        if (!address) {
            break;
        }
        client = *address;
        left = left.substr(0, from == 0 ? 0 : comma);
    }
    return client;
}

Result<void> TrustedProxies::apply(Exchange& exchange) const {
    if (networks_.empty()) {
        return {};
    }
    const auto peer = IpAddress::parse(exchange.remote_address);
    if (!peer || !trusts(*peer)) {
        return {};
    }
    exchange.forwarded_address = client_of(exchange.request, *peer).text();
    exchange.remote_address = exchange.forwarded_address;
    const auto scheme = agreed(exchange.request, "X-Forwarded-Proto");
    if (scheme && (equal_ignoring_case(*scheme, "https") || equal_ignoring_case(*scheme, "http"))) {
        exchange.secure = equal_ignoring_case(*scheme, "https");
    }
    std::optional<std::string> host = agreed(exchange.request, "X-Forwarded-Host");
    if (host && !is_host(*host)) {
        return fail(
            Error(Errc::bad_request, "malformed").with_message("malformed X-Forwarded-Host"));
    }
    exchange.forwarded_host = std::move(host);
    return {};
}

}  // namespace berth::http
