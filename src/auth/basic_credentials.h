// SPDX-License-Identifier: Apache-2.0
//
// The grammar of `Authorization: Basic` (RFC 7617) and `Authorization: Bearer` (RFC 6750). Pure;
// called by the Authenticator.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::auth {

struct BasicCredentials {
    BasicCredentials() = default;
    std::string name;
    std::string password;
};

/// Scheme in any case, base64, the first colon splits. nullopt for another scheme, broken base64,
/// no colon, an empty name, and a NUL anywhere (password hashing takes C strings).
std::optional<BasicCredentials> parse_basic(std::string_view authorization);

/// Basic with neither name nor password: how some clients say that they have none.
bool is_blank_basic(std::string_view authorization);

/// The token, which may be empty. nullopt for another scheme.
std::optional<std::string_view> parse_bearer(std::string_view authorization);

}  // namespace berth::auth
