// SPDX-License-Identifier: Apache-2.0
//
// The keys that an issuer publishes (JWK, RFC 7517) as keys that verify. RSA with RS256 and P-256
// with ES256, nothing else: the algorithm is a fact of the key, never a wish of a token. Pure;
// verifying takes 20 to 100 us.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace berth::auth {

/// A key set with more members is refused.
inline constexpr std::size_t kWebKeysMax = 64;
inline constexpr std::size_t kKidBytesMax = 256;

enum class SignatureAlgorithm : std::uint8_t { rs256, es256 };

/// Immutable; copies share the key. Any thread.
class WebKey {
  public:
    /// RSA of 2048 to 8192 bits. Big-endian numbers. Errc::bad_request for what is no such key.
    static Result<WebKey> rsa(std::string kid, std::string_view modulus, std::string_view exponent);
    /// A point of P-256, 32 bytes each.
    static Result<WebKey> p256(std::string kid, std::string_view x, std::string_view y);

    const std::string& kid() const { return kid_; }

    SignatureAlgorithm algorithm() const { return algorithm_; }

    /// `signature` as JWS has it: of ES256 the two numbers, 32 bytes each.
    bool verify(std::string_view text, std::string_view signature) const;

  private:
    struct Key;

    WebKey(std::string kid, SignatureAlgorithm algorithm, std::shared_ptr<const Key> key)
        : kid_(std::move(kid)), algorithm_(algorithm), key_(std::move(key)) {}

    std::string kid_;
    SignatureAlgorithm algorithm_;
    std::shared_ptr<const Key> key_;
};

using WebKeys = std::vector<WebKey>;

/// The usable keys of a key set (RFC 7517 5). Left out: other kinds, uses and algorithms, keys
/// without an id, keys that are malformed or too small. Errc::bad_request when it is no key set or
/// has more than kWebKeysMax.
Result<WebKeys> parse_web_keys(std::string_view text);

/// The key with this id and algorithm; nullptr when there is none.
const WebKey* find_web_key(const WebKeys& keys, std::string_view kid, SignatureAlgorithm algorithm);

}  // namespace berth::auth
