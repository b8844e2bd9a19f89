// SPDX-License-Identifier: Apache-2.0
#include "auth/signing_key.h"

#include "base/releaser.h"
#include "base/try.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <climits>

namespace berth::auth {
namespace {

constexpr int kBits = 2048;
constexpr std::size_t kKidBytes = 30;  // 240 bits are 48 characters

using KeyPtr = std::unique_ptr<EVP_PKEY, Releaser<EVP_PKEY_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, Releaser<BN_free>>;
using DigestPtr = std::unique_ptr<EVP_MD_CTX, Releaser<EVP_MD_CTX_free>>;
using Pkcs8Ptr = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Releaser<PKCS8_PRIV_KEY_INFO_free>>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

// What an i2d_ function writes.
template <class Object, class Encode>
Result<std::string> der_of(Object* object, Encode encode) {
    const int size = encode(object, nullptr);
    if (size <= 0) {
        return fail(Errc::internal, "a key has no DER form");
    }
    std::string der(static_cast<std::size_t>(size), '\0');
    auto* out = reinterpret_cast<unsigned char*>(der.data());
    encode(object, &out);
    return der;
}

// A number of the public key, big-endian.
Result<std::string> number_of(const EVP_PKEY* key, const char* name) {
    BIGNUM* raw = nullptr;
    const int found = EVP_PKEY_get_bn_param(key, name, &raw);
    const NumberPtr number(raw);
    if (found != 1) {
        return fail(Errc::internal, std::string("an RSA key without its ") + name);
    }
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
    BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
    return bytes;
}

// Base32 of the first 240 bits of the public key's SHA-256, a colon after each four characters.
Result<std::string> kid_of(EVP_PKEY* key) {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    BERTH_TRY(const std::string der, der_of(key, [](EVP_PKEY* object, unsigned char** out) {
                  return i2d_PUBKEY(object, out);
              }));
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    if (EVP_Digest(der.data(), der.size(), hash.data(), nullptr, EVP_sha256(), nullptr) != 1) {
        return fail(Errc::internal, "SHA-256 of a public key failed");
    }
    std::string kid;
    for (std::size_t bit = 0; bit < kKidBytes * 8; bit += 5) {
        const unsigned pair = unsigned{hash.at(bit / 8)} << 8 | hash.at(bit / 8 + 1);
        kid += bit > 0 && bit % 20 == 0 ? ":" : "";
        kid += kAlphabet[pair >> (11 - bit % 8) & 31];
    }
    return kid;
}

}  // namespace

struct SigningKey::Key {
    explicit Key(KeyPtr pointer) : key(std::move(pointer)) {}

    const KeyPtr key;
};

SigningKey::SigningKey(std::unique_ptr<Key> key, std::string kid)
    : key_(std::move(key)), kid_(std::move(kid)) {}

SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

Result<SigningKey> SigningKey::generate() {
    KeyPtr key(EVP_RSA_gen(kBits));
    if (!key) {
        return fail(Errc::internal, "cannot generate an RSA key");
    }
    BERTH_TRY(std::string kid, kid_of(key.get()));
    return SigningKey(std::make_unique<Key>(std::move(key)), std::move(kid));
}

Result<SigningKey> SigningKey::load(ByteView private_key) {
    const unsigned char* at = bytes_of(as_text(private_key));
    KeyPtr key;
    if (private_key.size() <= LONG_MAX) {
        key.reset(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(private_key.size())));
    }
    if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA ||
        EVP_PKEY_get_bits(key.get()) < kBits) {
        return fail(Errc::corrupt, "a signing key of the catalog is no RSA key");
    }
    BERTH_TRY(std::string kid, kid_of(key.get()));
    return SigningKey(std::make_unique<Key>(std::move(key)), std::move(kid));
}

Result<std::string> SigningKey::modulus() const {
    return number_of(key_->key.get(), OSSL_PKEY_PARAM_RSA_N);
}

Result<std::string> SigningKey::exponent() const {
    return number_of(key_->key.get(), OSSL_PKEY_PARAM_RSA_E);
}

Result<std::string> SigningKey::private_key() const {
    const Pkcs8Ptr info(EVP_PKEY2PKCS8(key_->key.get()));
    if (!info) {
        return fail(Errc::internal, "a signing key has no PKCS#8 form");
    }
    return der_of(info.get(), [](PKCS8_PRIV_KEY_INFO* object, unsigned char** out) {
        return i2d_PKCS8_PRIV_KEY_INFO(object, out);
    });
}

Result<std::string> SigningKey::sign(std::string_view text) const {
    const DigestPtr context(EVP_MD_CTX_new());
    std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key_->key.get()));
    std::string signature(size, '\0');
    auto* out = reinterpret_cast<unsigned char*>(signature.data());
    if (!context ||
        EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_->key.get()) != 1 ||
        EVP_DigestSign(context.get(), out, &size, bytes_of(text), text.size()) != 1) {
        return fail(Errc::internal, "signing a token failed");
    }
    signature.resize(size);
    return signature;
}

bool SigningKey::verify(std::string_view text, std::string_view signature) const {
    const DigestPtr context(EVP_MD_CTX_new());
    return context &&
           EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_->key.get()) ==
               1 &&
           EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text),
                            text.size()) == 1;
}

}  // namespace berth::auth
