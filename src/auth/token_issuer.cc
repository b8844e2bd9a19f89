// SPDX-License-Identifier: Apache-2.0
#include "auth/token_issuer.h"

#include "auth/jwt.h"
#include "base/assert.h"
#include "base/random.h"
#include "base/try.h"

#include <algorithm>

namespace berth::auth {
namespace {

constexpr std::string_view kHeaderStart = R"({"alg":"RS256","typ":"JWT","kid":")";
constexpr std::string_view kHeaderEnd = R"("})";

oci::ActionSet permissions_of(const oci::Principal& principal) {
    if (principal.kind == oci::Principal::Kind::admin) {
        return oci::ActionSet::all();
    }
    oci::ActionSet together;
    if (principal.rules) {
        for (const oci::Rule& rule : *principal.rules) {
            together.add(rule.actions);
        }
    }
    return together;
}

TokenClaims claims_of(TokenClaims::Kind kind, const oci::Principal& principal,
                      std::string_view audience, Seconds now, Seconds lifetime) {
    TokenClaims claims;
    claims.kind = kind;
    claims.id = make_uuid();
    const bool anonymous = principal.kind == oci::Principal::Kind::anonymous;
    claims.subject = anonymous ? kNilGuid : std::string_view(principal.name);
    claims.epoch = principal.epoch;
    if (principal.trust) {
        claims.trust = *principal.trust;
    }
    claims.permissions = permissions_of(principal);
    claims.audience = audience;
    claims.issued = now;
    claims.expires = now + lifetime;
    return claims;
}

}  // namespace

std::string token_header(std::string_view kid) {
    return std::string(kHeaderStart) + std::string(kid) + std::string(kHeaderEnd);
}

std::optional<std::string_view> kid_of_header(std::string_view header) {
    if (!header.starts_with(kHeaderStart) || !header.ends_with(kHeaderEnd) ||
        header.size() < kHeaderStart.size() + kHeaderEnd.size()) {
        return std::nullopt;
    }
    header.remove_prefix(kHeaderStart.size());
    header.remove_suffix(kHeaderEnd.size());
    return header;
}

io::Task<Result<std::string>> TokenIssuer::issue_access(const oci::Principal& principal,
                                                        std::string_view audience,
                                                        std::vector<oci::Scope> access,
                                                        Seconds now) {
    TokenClaims claims =
        claims_of(TokenClaims::Kind::access, principal, audience, now, lifetimes_.access);
    claims.access = std::move(access);
    claims.expires = std::min(claims.expires, principal.grants_end.value_or(claims.expires));
    co_return co_await sign(std::move(claims));
}

io::Task<Result<std::string>> TokenIssuer::issue_refresh(const oci::Principal& principal,
                                                         std::string_view audience, Seconds now) {
    BERTH_CHECK(principal.kind != oci::Principal::Kind::anonymous && !principal.grants);
    TokenClaims claims =
        claims_of(TokenClaims::Kind::refresh, principal, audience, now, lifetimes_.refresh);
    co_return co_await sign(std::move(claims));
}

io::Task<Result<std::string>> TokenIssuer::sign(TokenClaims claims) {
    BERTH_CO_TRY(const SignerPtr signer, co_await keys_.ensure());
    claims.registry_id = signer->registry_id;
    const std::string header = token_header(signer->key.kid());
    const std::string text = jwt_signed_text(header, claims_text(claims));
    auto job = [&signer, &text] { return signer->key.sign(text); };
    BERTH_CO_TRY(const std::string signature, co_await pool_.run(job));
    co_return join_jwt(text, signature);
}

}  // namespace berth::auth
