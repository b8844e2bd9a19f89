// SPDX-License-Identifier: Apache-2.0
#include "auth/token_verifier.h"

#include "auth/jwt.h"
#include "auth/token_issuer.h"
#include "base/try.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace berth::auth {
namespace {

// The header is compared as text: there is one that we write for this key.
Result<TokenClaimsPtr> check(const Jwt& jwt, const Signer& signer) {
    if (jwt.header != token_header(signer.key.kid())) {
        return fail(Errc::token_invalid, "another key or algorithm");
    }
    if (!signer.key.verify(jwt.signed_text, jwt.signature)) {
        return fail(Errc::token_invalid, "wrong signature");
    }
    std::optional<TokenClaims> claims = parse_claims(jwt.payload);
    if (!claims || claims->registry_id != signer.registry_id) {
        return fail(Errc::token_invalid, "claims of another registry");
    }
    return std::make_shared<const TokenClaims>(*std::move(claims));
}

std::unexpected<Error> no_such_key() {
    return fail(Errc::token_invalid, "signed with no key of ours, or an old one");
}

Result<TokenClaimsPtr> if_valid(TokenClaimsPtr claims, std::string_view audience, Seconds now) {
    if (claims->audience != audience) {
        return fail(Errc::token_invalid, "token for another audience");
    }
    if (now < claims->issued - kBackdated || now >= claims->expires) {
        return fail(Errc::token_invalid, "token expired or not yet valid");
    }
    return claims;
}

}  // namespace

TokenVerifier::TokenVerifier(KeyRing& keys) : keys_(keys) {}

io::Task<Result<TokenClaimsPtr>> TokenVerifier::verify(std::string_view token,
                                                       std::string_view audience, Seconds now) {
    const auto [signed_text, signature] = split_at_signature(token);
    const SignatureHash hash = hash_of(signature);
    if (const RememberedPtr known = recall(hash, signed_text)) {
        BERTH_CO_TRY(const SignerPtr its, co_await keys_.find(known->kid, now));
        co_return its ? if_valid(known->claims, audience, now) : no_such_key();
    }
    const std::optional<Jwt> jwt = split_jwt(token);
    if (!jwt) {
        co_return fail(Errc::token_malformed, "not a JWT");
    }
    const std::optional<std::string_view> kid = kid_of_header(jwt->header);
    if (!kid) {
        co_return fail(Errc::token_invalid, "another algorithm, or more than we write");
    }
    BERTH_CO_TRY(const SignerPtr signer, co_await keys_.find(*kid, now));
    if (!signer) {
        co_return no_such_key();
    }
    BERTH_CO_TRY(TokenClaimsPtr checked, check(*jwt, *signer));
    BERTH_CO_TRY(TokenClaimsPtr claims, if_valid(std::move(checked), audience, now));
    if (token.size() <= kRememberedBytesMax) {
        const Remembered entry{std::string(signed_text), std::string(*kid), claims};
        remember(hash, std::make_shared<const Remembered>(entry), now);
    }
    co_return claims;
}

std::size_t TokenVerifier::remembered() const {
    const std::lock_guard lock(mutex_);
    return remembered_.size();
}

TokenVerifier::RememberedPtr TokenVerifier::recall(const SignatureHash& hash,
                                                   std::string_view signed_text) const {
    const std::lock_guard lock(mutex_);
    const auto found = remembered_.find(hash);
    const bool known = found != remembered_.end() && found->second->signed_text == signed_text;
    return known ? found->second : nullptr;
}

// When full, expired ones go first, then the one that expires first.
void TokenVerifier::remember(const SignatureHash& hash, RememberedPtr token, Seconds now) {
    const std::lock_guard lock(mutex_);
    if (remembered_.size() >= kRememberedMax) {
        std::erase_if(remembered_,
                      [now](const auto& entry) { return now >= entry.second->claims->expires; });
    }
    if (remembered_.size() >= kRememberedMax) {
        remembered_.erase(std::ranges::min_element(
            remembered_, {}, [](const auto& entry) { return entry.second->claims->expires; }));
    }
    remembered_.insert_or_assign(hash, std::move(token));
}

}  // namespace berth::auth
