// SPDX-License-Identifier: Apache-2.0
#include "oci/names.h"

#include "base/limits.h"

#include <algorithm>

namespace berth::oci {
namespace {

bool is_component_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_tag_character(char c) {
    return is_component_character(c) || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '-';
}

/// Length of the separator that `text` begins with: one dot, one or two underscores, or a run of
/// dashes. 0 when there is none.
std::size_t separator_length(std::string_view text) {
    if (text.front() == '.') {
        return 1;
    }
    if (text.front() == '_') {
        return text.starts_with("__") ? 2 : 1;
    }
    const std::size_t end = text.find_first_not_of('-');
    return end == std::string_view::npos ? text.size() : end;
}

/// Removes `[a-z0-9]+` from the front; false when there is none.
bool skip_word(std::string_view& text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_component_character);
    const auto length = static_cast<std::size_t>(end - text.begin());
    text.remove_prefix(length);
    return length > 0;
}

}  // namespace

// One pass, no backtracking: a word must follow every separator and every slash, which also refuses
// `a_-b` and `a___b`, where a second separator follows the first.
bool is_repository_name(std::string_view text) {
    if (text.size() > kRepositoryLengthMax) {
        return false;
    }
    while (skip_word(text)) {
        if (text.empty()) {
            return true;
        }
        const std::size_t length = text.front() == '/' ? 1 : separator_length(text);
        if (length == 0) {
            return false;
        }
        text.remove_prefix(length);
    }
    return false;
}

bool is_tag_name(std::string_view text) {
    return !text.empty() && text.size() <= kTagLengthMax && text.front() != '.' &&
           text.front() != '-' && std::all_of(text.begin(), text.end(), is_tag_character);
}

std::optional<Repository> Repository::parse(std::string_view text) {
    return is_repository_name(text) ? std::optional(Repository(std::string(text))) : std::nullopt;
}

std::optional<Tag> Tag::parse(std::string_view text) {
    return is_tag_name(text) ? std::optional(Tag(std::string(text))) : std::nullopt;
}

std::optional<Reference> parse_reference(std::string_view text) {
    if (text.find(':') != std::string_view::npos) {
        if (auto digest = Digest::parse(text)) {
            return Reference(*digest);
        }
        return std::nullopt;
    }
    if (auto tag = Tag::parse(text)) {
        return Reference(*std::move(tag));
    }
    return std::nullopt;
}

}  // namespace berth::oci
