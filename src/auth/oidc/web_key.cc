// SPDX-License-Identifier: Apache-2.0
#include "auth/oidc/web_key.h"

#include "auth/jwt.h"
#include "base/releaser.h"
#include "base/try.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <optional>

namespace berth::auth {
namespace {

namespace json = boost::json;

constexpr int kRsaBitsMin = 2048;
// Verifying costs the square of it.
constexpr int kRsaBitsMax = 8192;
constexpr std::size_t kExponentBytesMax = 8;
constexpr std::size_t kCoordinateBytes = 32;
constexpr std::size_t kJsonDepth = 8;

using KeyPtr = std::unique_ptr<EVP_PKEY, Releaser<EVP_PKEY_free>>;
using KeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, Releaser<EVP_PKEY_CTX_free>>;
using DigestPtr = std::unique_ptr<EVP_MD_CTX, Releaser<EVP_MD_CTX_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, Releaser<BN_free>>;
using BuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, Releaser<OSSL_PARAM_BLD_free>>;
using ParametersPtr = std::unique_ptr<OSSL_PARAM, Releaser<OSSL_PARAM_free>>;
using SignaturePtr = std::unique_ptr<ECDSA_SIG, Releaser<ECDSA_SIG_free>>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

NumberPtr number_of(std::string_view bytes) {
    return NumberPtr(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

KeyPtr make_key(const char* type, OSSL_PARAM_BLD* builder) {
    const ParametersPtr parameters(OSSL_PARAM_BLD_to_param(builder));
    const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
        ERR_clear_error();
        return nullptr;
    }
    return KeyPtr(key);
}

/// The point is one of the curve, and not its neutral element.
bool is_sound(EVP_PKEY* key) {
    const KeyContextPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
    const bool sound = context && EVP_PKEY_public_check(context.get()) == 1;
    ERR_clear_error();
    return sound;
}

/// JWS has two numbers of 32 bytes where OpenSSL has DER; empty when it cannot be.
std::string der_signature(std::string_view raw) {
    if (raw.size() != 2 * kCoordinateBytes) {
        return {};
    }
    const SignaturePtr signature(ECDSA_SIG_new());
    NumberPtr r = number_of(raw.substr(0, kCoordinateBytes));
    NumberPtr s = number_of(raw.substr(kCoordinateBytes));
    if (!signature || !r || !s || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) {
        return {};
    }
    static_cast<void>(r.release());
    static_cast<void>(s.release());
    const int size = i2d_ECDSA_SIG(signature.get(), nullptr);
    std::string der(size > 0 ? static_cast<std::size_t>(size) : 0, '\0');
    auto* out = reinterpret_cast<unsigned char*>(der.data());
    i2d_ECDSA_SIG(signature.get(), &out);
    return der;
}

std::string_view text_member(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    const json::string* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string_view() : std::string_view(*text);
}

/// Absent, or with this text.
bool allows(const json::object& jwk, std::string_view name, std::string_view text) {
    return !jwk.contains(name) || text_member(jwk, name) == text;
}

/// `key_ops` absent, or with `verify` among it.
bool may_verify(const json::object& jwk) {
    const json::value* operations = jwk.if_contains("key_ops");
    return operations == nullptr ||
           (operations->is_array() &&
            std::ranges::any_of(operations->get_array(), [](const json::value& operation) {
                return operation.is_string() && operation.get_string() == "verify";
            }));
}

std::string number_member(const json::object& jwk, std::string_view name) {
    return decode_jwt_part(text_member(jwk, name)).value_or("");
}

std::optional<WebKey> read_key(const json::value& value) {
    const json::object* jwk = value.if_object();
    if (jwk == nullptr || !allows(*jwk, "use", "sig") || !may_verify(*jwk)) {
        return std::nullopt;
    }
    const std::string_view kid = text_member(*jwk, "kid");
    const std::string_view type = text_member(*jwk, "kty");
    if (kid.empty() || kid.size() > kKidBytesMax) {
        return std::nullopt;
    }
    Result<WebKey> key = fail(Errc::unsupported);
    if (type == "RSA" && allows(*jwk, "alg", "RS256")) {
        key = WebKey::rsa(std::string(kid), number_member(*jwk, "n"), number_member(*jwk, "e"));
    } else if (type == "EC" && text_member(*jwk, "crv") == "P-256" &&
               allows(*jwk, "alg", "ES256")) {
        key = WebKey::p256(std::string(kid), number_member(*jwk, "x"), number_member(*jwk, "y"));
    }
    return key ? std::optional(*std::move(key)) : std::nullopt;
}

}  // namespace

struct WebKey::Key {
    explicit Key(KeyPtr pointer) : key(std::move(pointer)) {}

    const KeyPtr key;
};

Result<WebKey> WebKey::rsa(std::string kid, std::string_view modulus, std::string_view exponent) {
    if (modulus.size() > kRsaBitsMax / 8 || exponent.size() > kExponentBytesMax) {
        return fail(Errc::bad_request, "RSA key is too large");
    }
    const NumberPtr n = number_of(modulus);
    const NumberPtr e = number_of(exponent);
    if (!n || !e || BN_num_bits(n.get()) < kRsaBitsMin || !BN_is_odd(n.get()) ||
        !BN_is_odd(e.get()) || BN_is_one(e.get())) {
        return fail(Errc::bad_request, "RSA key is too small or malformed");
    }
    const BuilderPtr builder(OSSL_PARAM_BLD_new());
    if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
        return fail(Errc::internal, "cannot build an RSA key");
    }
    KeyPtr key = make_key("RSA", builder.get());
    if (!key) {
        return fail(Errc::bad_request, "no RSA key");
    }
    return WebKey(std::move(kid), SignatureAlgorithm::rs256,
                  std::make_shared<const Key>(std::move(key)));
}

Result<WebKey> WebKey::p256(std::string kid, std::string_view x, std::string_view y) {
    if (x.size() != kCoordinateBytes || y.size() != kCoordinateBytes) {
        return fail(Errc::bad_request, "a coordinate of P-256 has 32 bytes");
    }
    const std::string point = "\x04" + std::string(x) + std::string(y);
    const BuilderPtr builder(OSSL_PARAM_BLD_new());
    if (!builder ||
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) !=
            1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size()) != 1) {
        return fail(Errc::internal, "cannot build a P-256 key");
    }
    KeyPtr key = make_key("EC", builder.get());
    if (!key || !is_sound(key.get())) {
        return fail(Errc::bad_request, "no point of P-256");
    }
    return WebKey(std::move(kid), SignatureAlgorithm::es256,
                  std::make_shared<const Key>(std::move(key)));
}

bool WebKey::verify(std::string_view text, std::string_view signature) const {
    const bool is_raw = algorithm_ == SignatureAlgorithm::es256;
    const std::string der = is_raw ? der_signature(signature) : std::string();
    const std::string_view given = is_raw ? std::string_view(der) : signature;
    const DigestPtr context(EVP_MD_CTX_new());
    const bool right =
        !given.empty() && context &&
        EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_->key.get()) == 1 &&
        EVP_DigestVerify(context.get(), bytes_of(given), given.size(), bytes_of(text),
                         text.size()) == 1;
    ERR_clear_error();
    return right;
}

Result<WebKeys> parse_web_keys(std::string_view text) {
    json::parse_options options;
    options.max_depth = kJsonDepth;
    boost::system::error_code error;
    const json::value document = json::parse(text, error, {}, options);
    const json::object* object = error ? nullptr : document.if_object();
    const json::value* list = object == nullptr ? nullptr : object->if_contains("keys");
    if (list == nullptr || !list->is_array()) {
        return fail(Errc::bad_request, "no JSON object with a list of keys");
    }
    if (list->get_array().size() > kWebKeysMax) {
        return fail(Errc::bad_request, "more than " + std::to_string(kWebKeysMax) + " keys");
    }
    WebKeys keys;
    for (const json::value& member : list->get_array()) {
        if (std::optional<WebKey> key = read_key(member)) {
            keys.push_back(*std::move(key));
        }
    }
    return keys;
}

const WebKey* find_web_key(const WebKeys& keys, std::string_view kid,
                           SignatureAlgorithm algorithm) {
    const auto found = std::ranges::find_if(keys, [kid, algorithm](const WebKey& key) {
        return key.kid() == kid && key.algorithm() == algorithm;
    });
    return found == keys.end() ? nullptr : &*found;
}

}  // namespace berth::auth
