// SPDX-License-Identifier: Apache-2.0
//
// For tests: a key pair as another issuer has it, its JWK, and tokens that it signed.
#pragma once

#include "auth/jwt.h"
#include "base/bytes.h"
#include "base/encode.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace berth::auth {

class ForeignKey {
  public:
    static ForeignKey rsa(std::string kid, unsigned bits = 2048) {
        return {std::move(kid), "RS256", EVP_RSA_gen(bits)};
    }

    /// Id `r`. Made once: that takes a while.
    static const ForeignKey& shared_rsa() {
        static const ForeignKey key = rsa("r");
        return key;
    }

    static ForeignKey ec(std::string kid, const char* curve = "P-256") {
        return {std::move(kid), "ES256", EVP_EC_gen(curve)};
    }

    /// `{"kty":...}` with `more` members in front, each followed by a comma.
    std::string jwk(const std::string& more = "") const {
        const std::string head = "{" + more + "\"kid\":\"" + kid_ + "\",";
        if (algorithm_ == "RS256") {
            return head + R"("kty":"RSA","n":")" + number(OSSL_PKEY_PARAM_RSA_N) + R"(","e":")" +
                   number(OSSL_PKEY_PARAM_RSA_E) + "\"}";
        }
        return head + R"("kty":"EC","crv":"P-256","x":")" + number(OSSL_PKEY_PARAM_EC_PUB_X, 32) +
               R"(","y":")" + number(OSSL_PKEY_PARAM_EC_PUB_Y, 32) + "\"}";
    }

    std::string key_set() const { return "{\"keys\":[" + jwk() + "]}"; }

    /// A token with the usual header.
    std::string token(std::string_view claims) const {
        return token_with(R"({"alg":")" + algorithm_ + R"(","typ":"JWT","kid":")" + kid_ + "\"}",
                          claims);
    }

    std::string token_with(std::string_view header, std::string_view claims) const {
        const std::string signed_text = jwt_signed_text(header, claims);
        return join_jwt(signed_text, sign(signed_text));
    }

    /// As JWS wants it.
    std::string sign(std::string_view text) const {
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                              EVP_MD_CTX_free);
        std::size_t size = 1024;
        std::string signature(size, '\0');
        if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
            EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                           reinterpret_cast<const unsigned char*>(text.data()), text.size()) != 1) {
            throw std::runtime_error("cannot sign");
        }
        signature.resize(size);
        return algorithm_ == "RS256" ? signature : raw(signature);
    }

    /// Base64url of a number of the public key, with at least `bytes` bytes.
    std::string number(const char* name, int bytes = 0) const {
        BIGNUM* found = nullptr;
        if (EVP_PKEY_get_bn_param(key_.get(), name, &found) != 1) {
            throw std::runtime_error("no such number");
        }
        const std::unique_ptr<BIGNUM, decltype(&BN_free)> value(found, BN_free);
        return encoded(padded(value.get(), std::max(bytes, BN_num_bytes(value.get()))));
    }

    static std::string encoded(std::string_view bytes) {
        std::string text = base64url_encode(as_bytes(bytes));
        text.erase(text.find_last_not_of('=') + 1);
        return text;
    }

  private:
    ForeignKey(std::string kid, std::string algorithm, EVP_PKEY* key)
        : kid_(std::move(kid)), algorithm_(std::move(algorithm)), key_(key, EVP_PKEY_free) {}

    static std::string padded(const BIGNUM* value, int bytes) {
        std::string text(static_cast<std::size_t>(bytes), '\0');
        BN_bn2binpad(value, reinterpret_cast<unsigned char*>(text.data()), bytes);
        return text;
    }

    static std::string raw(const std::string& der) {
        const auto* at = reinterpret_cast<const unsigned char*>(der.data());
        const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(
            d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ECDSA_SIG_free);
        return padded(ECDSA_SIG_get0_r(signature.get()), 32) +
               padded(ECDSA_SIG_get0_s(signature.get()), 32);
    }

    std::string kid_;
    std::string algorithm_;
    std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace berth::auth
