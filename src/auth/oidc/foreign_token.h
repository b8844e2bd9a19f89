// SPDX-License-Identifier: Apache-2.0
//
// A token of another issuer, taken apart. Until its signature was verified nothing of it may be
// believed; `issuer` and `kid` only say whose keys to try. Pure.
#pragma once

#include "auth/jwt.h"
#include "auth/oidc/web_key.h"
#include "auth/token_claims.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::auth {

/// Tokens of real issuers have one to ten KiB.
inline constexpr std::size_t kForeignTokenBytesMax = 32 * 1024;
/// Texts in all claims together: a token that names two hundred groups has some more than that.
inline constexpr std::size_t kClaimTextsMax = 2000;

/// What a token says, as texts: claim -> its text, or those of the array. Numbers are whole ones in
/// decimal, booleans `true` and `false`; claims of an object are under `OBJECT.NAME`. Anything else
/// (null, fractions, objects in arrays) is left out.
using ClaimTexts = std::map<std::string, std::vector<std::string>, std::less<>>;

struct ForeignClaims {
    ForeignClaims() = default;

    // Empty when absent or no text.
    std::string issuer;
    std::string subject;
    std::string tenant;     // tid
    std::string object_id;  // oid
    std::string app_id;     // appid, or azp
    std::vector<std::string> audiences;
    std::optional<Seconds> expires;
    std::optional<Seconds> not_before;
    std::optional<Seconds> issued;
    ClaimTexts texts;
};

struct ForeignToken {
    ForeignToken() = default;

    Jwt jwt;
    SignatureAlgorithm algorithm = SignatureAlgorithm::rs256;
    std::string kid;
    ForeignClaims claims;
};

/// nullopt for what is too long, no JWT, names another algorithm than RS256 and ES256, brings its
/// own key (jwk, jku, x5u), demands what we do not know (crit), or whose claims are not an object
/// that can be read without doubt (a time that is no number, one name twice by nesting, too many).
/// Views into `text`.
std::optional<ForeignToken> parse_foreign_token(std::string_view text);
/// The same without a look at algorithm and key id, for the mode that checks no signature.
std::optional<ForeignClaims> parse_unsigned_claims(std::string_view token);

enum class TokenTime : std::uint8_t { good, expired, not_yet };
/// exp is required; a clock may differ by `skew`.
TokenTime check_time(const ForeignClaims& claims, Seconds now, Seconds skew);

}  // namespace berth::auth
