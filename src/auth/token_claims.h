// SPDX-License-Identifier: Apache-2.0
//
// What the two kinds of tokens say, and the JSON they say it in: ACR's claims, names and order
// (acr-wire 4.8). Pure.
#pragma once

#include "oci/access.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::auth {

/// Seconds since 1970.
using Seconds = std::int64_t;

/// Both tokens say they were issued this long ago, so that a client's late clock takes them.
inline constexpr Seconds kBackdated = 900;
inline constexpr Seconds kAccessLifetime = 3600;
inline constexpr Seconds kRefreshLifetime = 3 * 3600;

/// How long tokens are good (settings tokens.*).
struct TokenLifetimes {
    Seconds access = kAccessLifetime;
    Seconds refresh = kRefreshLifetime;
};

/// The subject of an anonymous caller's token, and the user name that says "the password is a
/// token" (acr-wire 4.6). No account has this name.
inline constexpr std::string_view kNilGuid = "00000000-0000-0000-0000-000000000000";

struct TokenClaims {
    enum class Kind : std::uint8_t { refresh, access };

    Kind kind = Kind::access;
    std::string id;           // GUID
    std::string subject;      // account name or kNilGuid
    std::string audience;     // the registry as its client called it
    std::string registry_id;  // 32 hex digits
    Seconds issued = 0;       // the real time, not the back-dated claim
    Seconds expires = 0;
    std::vector<oci::Scope> access;  // of an access token
    /// Of a refresh token: what its holder may do somewhere, for clients that show it. Decides
    /// nothing here and is not read back.
    oci::ActionSet permissions = oci::ActionSet::all();
    /// The account's; not written for anonymous callers, whose tokens say what ACR's say.
    std::int64_t epoch = 0;
    /// Of a federated caller.
    std::optional<oci::Trust> trust;
};

/// The JSON text. For ASCII texts its base64url has neither `-` nor `_`: clients decode it with the
/// standard alphabet.
std::string claims_text(const TokenClaims& claims);
/// The reverse. nullopt for anything claims_text() does not write, another issuer included.
std::optional<TokenClaims> parse_claims(std::string_view json);

}  // namespace berth::auth
