// SPDX-License-Identifier: Apache-2.0
//
// Repository names and tags as types that cannot hold a malformed value (acr-wire 1.5; OCI
// distribution-spec "Pulling manifests"), and the reference of a manifest: tag or digest.
#pragma once

#include "oci/digest.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace berth::oci {

/// Whether a text is what Repository or Tag holds, without making one.
bool is_repository_name(std::string_view text);
bool is_tag_name(std::string_view text);

class Repository {
  public:
    /// Components `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*` joined by `/`, at most 255 bytes.
    static std::optional<Repository> parse(std::string_view text);

    const std::string& text() const { return text_; }

    friend auto operator<=>(const Repository&, const Repository&) = default;

  private:
    explicit Repository(std::string text) : text_(std::move(text)) {}

    std::string text_;
};

class Tag {
  public:
    /// `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`.
    static std::optional<Tag> parse(std::string_view text);

    const std::string& text() const { return text_; }

    friend auto operator<=>(const Tag&, const Tag&) = default;

  private:
    explicit Tag(std::string text) : text_(std::move(text)) {}

    std::string text_;
};

using Reference = std::variant<Tag, Digest>;

/// A Tag, a Digest, or nullopt (which includes a digest shape that is no Digest).
std::optional<Reference> parse_reference(std::string_view text);

}  // namespace berth::oci
