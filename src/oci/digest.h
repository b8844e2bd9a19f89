// SPDX-License-Identifier: Apache-2.0
//
// Digest: the name of content, `algorithm:hex` (OCI image-spec "Digests"). Only sha256 and sha512
// are content-addressable here. Pure value, no I/O.
#pragma once

#include "base/bytes.h"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth::oci {

enum class Algorithm : std::uint8_t { sha256 = 1, sha512 = 2 };

std::string_view name_of(Algorithm algorithm);
std::optional<Algorithm> parse_algorithm(std::string_view name);

constexpr std::size_t hash_size(Algorithm algorithm) {
    return algorithm == Algorithm::sha256 ? 32 : 64;
}

class Digest {
  public:
    /// Accepts exactly `sha256:` + 64 or `sha512:` + 128 lower-case hex digits.
    static std::optional<Digest> parse(std::string_view text);
    /// Requires hash.size() == hash_size(algorithm).
    static Digest of(Algorithm algorithm, ByteView hash);
    /// The stored form: one algorithm byte, then the hash. nullopt when malformed.
    static std::optional<Digest> from_stored(ByteView stored);

    Algorithm algorithm() const { return static_cast<Algorithm>(stored_[0]); }

    ByteView hash() const;
    /// Algorithm byte + hash; valid while this object lives. Orders as the text does.
    ByteView stored() const;
    std::string hex() const;
    std::string text() const;

    friend bool operator==(const Digest& a, const Digest& b);
    friend std::strong_ordering operator<=>(const Digest& a, const Digest& b);

  private:
    Digest() = default;
    std::array<std::byte, 65> stored_{};
};

/// The shape that the route table accepts: `algorithm:hex` of any length (acr-wire 1.4). A text of
/// this shape that is no Digest reaches the handler and is "unknown" or "invalid" there.
bool has_digest_shape(std::string_view text);

}  // namespace berth::oci
