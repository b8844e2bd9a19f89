// SPDX-License-Identifier: Apache-2.0
#include "auth/token_verifier.h"

#include "auth/jwt.h"
#include "auth/token_issuer.h"
#include "base/assert.h"
#include "base/try.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
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

/// At the last dot. Without one it is no token, and nobody remembers what it is taken for here. By
/// memrchr(): rfind() looks at a signature's bytes one by one.
std::pair<std::string_view, std::string_view> split_at_signature(std::string_view token) {
    const auto* dot = static_cast<const char*>(::memrchr(token.data(), '.', token.size()));
    if (dot == nullptr) {
        return {token, token};
    }
    const auto at = static_cast<std::size_t>(dot - token.data());
    return {token.substr(0, at), token.substr(at + 1)};
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

/// Looks the algorithm up once, and has a context for each thread: doing so for every token costs
/// more than hashing its signature.
class TokenVerifier::Sha256 {
  public:
    Hash of(std::string_view text) const {
        thread_local const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
        Hash hash{};
        unsigned int size = 0;
        const bool done =
            EVP_DigestInit_ex2(context.get(), algorithm_.get(), nullptr) == 1 &&
            EVP_DigestUpdate(context.get(), text.data(), text.size()) == 1 &&
            EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(hash.data()),
                               &size) == 1;
        BERTH_CHECK(done && size == hash.size());
        return hash;
    }

  private:
    using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

    std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm_{
        EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free};
};

TokenVerifier::TokenVerifier(KeyRing& keys)
    : keys_(keys), sha256_(std::make_unique<const Sha256>()) {}

TokenVerifier::~TokenVerifier() = default;

io::Task<Result<TokenClaimsPtr>> TokenVerifier::verify(std::string_view token,
                                                       std::string_view audience, Seconds now) {
    const auto [signed_text, signature] = split_at_signature(token);
    const Hash hash = sha256_->of(signature);
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

TokenVerifier::RememberedPtr TokenVerifier::recall(const Hash& hash,
                                                   std::string_view signed_text) const {
    const std::lock_guard lock(mutex_);
    const auto found = remembered_.find(hash);
    const bool known = found != remembered_.end() && found->second->signed_text == signed_text;
    return known ? found->second : nullptr;
}

// When full, expired ones go first, then the one that expires first.
void TokenVerifier::remember(const Hash& hash, RememberedPtr token, Seconds now) {
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
