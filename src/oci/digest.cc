// SPDX-License-Identifier: Apache-2.0
#include "oci/digest.h"

#include "base/assert.h"
#include "base/encode.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace berth::oci {
namespace {

bool is_lower_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool is_hex(char c) {
    return is_lower_hex(c) || (c >= 'A' && c <= 'F');
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_letter_or_digit(char c) {
    return is_letter(c) || (c >= '0' && c <= '9');
}

/// `[A-Za-z][A-Za-z0-9]*([-_+.][A-Za-z][A-Za-z0-9]*)*`: every run between separators is not empty
/// and begins with a letter.
bool is_algorithm_name(std::string_view text) {
    bool at_start = true;
    for (const char c : text) {
        if (at_start ? !is_letter(c) : !is_letter_or_digit(c)) {
            const bool separator = c == '-' || c == '_' || c == '+' || c == '.';
            if (at_start || !separator) {
                return false;
            }
            at_start = true;
            continue;
        }
        at_start = false;
    }
    return !at_start;
}

std::byte nibble(char c) {
    return static_cast<std::byte>(c <= '9' ? c - '0' : c - 'a' + 10);
}

}  // namespace

std::string_view name_of(Algorithm algorithm) {
    return algorithm == Algorithm::sha256 ? "sha256" : "sha512";
}

std::optional<Algorithm> parse_algorithm(std::string_view name) {
    if (name == "sha256") {
        return Algorithm::sha256;
    }
    if (name == "sha512") {
        return Algorithm::sha512;
    }
    return std::nullopt;
}

std::optional<Digest> Digest::parse(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    const std::optional<Algorithm> algorithm = parse_algorithm(text.substr(0, colon));
    const std::string_view hex = text.substr(colon + 1);
    if (!algorithm || hex.size() != 2 * hash_size(*algorithm) ||
        !std::all_of(hex.begin(), hex.end(), is_lower_hex)) {
        return std::nullopt;
    }
    Digest digest;
    digest.stored_[0] = static_cast<std::byte>(*algorithm);
    for (std::size_t i = 0; i < hash_size(*algorithm); ++i) {
        digest.stored_[i + 1] = nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]);
    }
    return digest;
}

Digest Digest::of(Algorithm algorithm, ByteView hash) {
    BERTH_CHECK(hash.size() == hash_size(algorithm));
    Digest digest;
    digest.stored_[0] = static_cast<std::byte>(algorithm);
    std::memcpy(digest.stored_.data() + 1, hash.data(), hash.size());
    return digest;
}

std::optional<Digest> Digest::from_stored(ByteView stored) {
    if (stored.empty()) {
        return std::nullopt;
    }
    const auto algorithm = static_cast<Algorithm>(stored[0]);
    const bool known = algorithm == Algorithm::sha256 || algorithm == Algorithm::sha512;
    if (!known || stored.size() != hash_size(algorithm) + 1) {
        return std::nullopt;
    }
    return of(algorithm, stored.subspan(1));
}

ByteView Digest::hash() const {
    return stored().subspan(1);
}

ByteView Digest::stored() const {
    return std::span(stored_).first(hash_size(algorithm()) + 1);
}

std::string Digest::hex() const {
    return hex_encode(hash());
}

std::string Digest::text() const {
    std::string text;
    text.reserve(7 + 2 * hash_size(algorithm()));
    text.append(name_of(algorithm())).push_back(':');
    append_hex(text, hash());
    return text;
}

// Bytes behind the hash are zero in every Digest, so whole arrays compare.
bool operator==(const Digest& a, const Digest& b) {
    return a.stored_ == b.stored_;
}

std::strong_ordering operator<=>(const Digest& a, const Digest& b) {
    return std::memcmp(a.stored_.data(), b.stored_.data(), a.stored_.size()) <=> 0;
}

bool has_digest_shape(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
        return false;
    }
    const std::string_view hex = text.substr(colon + 1);
    return is_algorithm_name(text.substr(0, colon)) && !hex.empty() &&
           std::all_of(hex.begin(), hex.end(), is_hex);
}

}  // namespace berth::oci
