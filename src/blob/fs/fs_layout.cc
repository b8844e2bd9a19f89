// SPDX-License-Identifier: Apache-2.0
#include "blob/fs/fs_layout.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace berth::blob {
namespace {

constexpr std::size_t kUuidLength = 36;
constexpr std::size_t kGenerationLength = 32;
constexpr std::size_t kShardLength = 2;

bool is_hex_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool is_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(), is_hex_digit);
}

bool is_dash_place(std::size_t place) {
    return place == 8 || place == 13 || place == 18 || place == 23;
}

bool is_uuid(std::string_view text) {
    if (text.size() != kUuidLength) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_dash_place(i) ? text[i] != '-' : !is_hex_digit(text[i])) {
            return false;
        }
    }
    return true;
}

/// Puts the dashes back.
std::string uuid_of(std::string_view generation) {
    std::string uuid;
    uuid.reserve(kUuidLength);
    for (const char c : generation) {
        if (is_dash_place(uuid.size())) {
            uuid.push_back('-');
        }
        uuid.push_back(c);
    }
    return uuid;
}

struct LocationPieces {
    oci::Algorithm algorithm;
    std::string_view hex;
    std::string_view generation;
};

std::optional<LocationPieces> split_location(std::string_view text) {
    const auto algorithm = oci::parse_algorithm(text.substr(0, text.find('/')));
    if (!algorithm) {
        return std::nullopt;
    }
    const std::size_t shard_at = oci::name_of(*algorithm).size() + 1;
    const std::size_t hex_at = shard_at + kShardLength + 1;
    const std::size_t hex_length = 2 * oci::hash_size(*algorithm);
    const std::size_t generation_at = hex_at + hex_length + 1;
    if (text.size() != generation_at + kGenerationLength || text[hex_at - 1] != '/' ||
        text[generation_at - 1] != '.') {
        return std::nullopt;
    }
    const std::string_view hex = text.substr(hex_at, hex_length);
    const std::string_view generation = text.substr(generation_at);
    if (!is_hex(hex) || !is_hex(generation) ||
        text.substr(shard_at, kShardLength) != hex.substr(0, kShardLength)) {
        return std::nullopt;
    }
    return LocationPieces{*algorithm, hex, generation};
}

}  // namespace

FsLayout::FsLayout(const std::filesystem::path& root)
    : uploads_(root / "uploads"), blobs_(root / "blobs") {}

std::filesystem::path FsLayout::of_algorithm(oci::Algorithm algorithm) const {
    return blobs_ / oci::name_of(algorithm);
}

std::optional<std::filesystem::path> FsLayout::upload_path(std::string_view upload_id) const {
    if (!is_uuid(upload_id)) {
        return std::nullopt;
    }
    return uploads_ / upload_id;
}

Location FsLayout::location_of(const oci::Digest& digest, std::string_view upload_id) const {
    const std::string hex = digest.hex();
    std::string text(oci::name_of(digest.algorithm()));
    text.append("/").append(hex, 0, kShardLength).append("/").append(hex).append(".");
    std::copy_if(upload_id.begin(), upload_id.end(), std::back_inserter(text),
                 [](char c) { return c != '-'; });
    return Location(std::move(text));
}

std::optional<std::filesystem::path> FsLayout::blob_path(const Location& location) const {
    if (!split_location(location.text)) {
        return std::nullopt;
    }
    return blobs_ / location.text;
}

std::optional<ObjectName> FsLayout::parse_location(const Location& location) {
    const auto pieces = split_location(location.text);
    if (!pieces) {
        return std::nullopt;
    }
    std::string digest_text(oci::name_of(pieces->algorithm));
    digest_text.append(":").append(pieces->hex);
    const auto digest = oci::Digest::parse(digest_text);
    if (!digest) {
        return std::nullopt;
    }
    return ObjectName(*digest, uuid_of(pieces->generation));
}

}  // namespace berth::blob
