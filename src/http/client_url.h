// SPDX-License-Identifier: Apache-2.0
//
// The absolute URLs that outgoing requests go to: `http[s]://HOST[:PORT][/PATH][?QUERY]`. Strict:
// no user, no fragment, nothing that needs escaping. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth::http {

inline constexpr std::size_t kClientUrlBytesMax = 2048;

struct ClientUrl {
    ClientUrl() = default;

    bool secure = true;
    std::string host;  // lower case; an IPv6 address without its brackets
    std::uint16_t port = 443;
    std::string target;  // starts with '/'
    /// What the Host header says: the host and, unless it is the scheme's own, the port.
    std::string authority;
};

/// nullopt for anything else.
std::optional<ClientUrl> parse_client_url(std::string_view text);

}  // namespace berth::http
