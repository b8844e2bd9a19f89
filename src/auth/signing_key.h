// SPDX-License-Identifier: Apache-2.0
//
// One RSA key that signs and verifies tokens with RS256 (OpenSSL EVP). Immutable: any thread.
// generate() takes 50 to 200 ms and sign() 1 ms: BlockingPool only; verify() takes 30 us.
#pragma once

#include "base/bytes.h"
#include "base/error.h"

#include <memory>
#include <string>
#include <string_view>

namespace berth::auth {

class SigningKey {
  public:
    /// A fresh key of 2048 bits.
    static Result<SigningKey> generate();
    /// From private_key(). Errc::corrupt for anything but an RSA key of at least 2048 bits.
    static Result<SigningKey> load(ByteView private_key);

    SigningKey(SigningKey&&) noexcept;
    SigningKey& operator=(SigningKey&&) noexcept;
    ~SigningKey();

    /// Twelve groups of four base32 characters, made from the public key (acr-wire 4.8).
    const std::string& kid() const { return kid_; }

    /// Modulus and exponent, big-endian without leading zeros, as a JWK has them.
    Result<std::string> modulus() const;
    Result<std::string> exponent() const;

    /// PKCS#8 DER. A secret.
    Result<std::string> private_key() const;
    Result<std::string> sign(std::string_view text) const;
    bool verify(std::string_view text, std::string_view signature) const;

  private:
    struct Key;
    explicit SigningKey(std::unique_ptr<Key> key, std::string kid);

    std::unique_ptr<Key> key_;
    std::string kid_;
};

}  // namespace berth::auth
