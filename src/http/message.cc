// SPDX-License-Identifier: Apache-2.0
#include "http/message.h"

#include <algorithm>

namespace berth::http {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           (a == b || std::equal(a.begin(), a.end(), b.begin(),
                                 [](char x, char y) { return lower(x) == lower(y); }));
}

bool stands_before(std::string_view a, std::string_view b) {
    const std::size_t shorter = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < shorter; ++i) {
        const char x = lower(a[i]);
        const char y = lower(b[i]);
        if (x != y) {
            return x < y;
        }
    }
    return a.size() < b.size();
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::string_view> RequestHead::header(std::string_view name) const {
    for (const HeaderView& candidate : headers) {
        if (equal_ignoring_case(candidate.name, name)) {
            return candidate.value;
        }
    }
    return std::nullopt;
}

std::string RequestHead::merged(std::string_view name) const {
    std::string joined;
    for (const HeaderView& candidate : headers) {
        if (equal_ignoring_case(candidate.name, name)) {
            if (!joined.empty()) {
                joined += ", ";
            }
            joined += candidate.value;
        }
    }
    return joined;
}

std::uint64_t FileBody::size() const {
    std::uint64_t total = after.size();
    for (const Piece& piece : pieces) {
        total += piece.before.size() + piece.length;
    }
    return total;
}

std::uint64_t Response::content_length() const {
    if (const auto* text = std::get_if<std::string>(&body)) {
        return text->size();
    }
    if (const auto* file = std::get_if<FileBody>(&body)) {
        return file->size();
    }
    return withheld_length.value_or(0);
}

}  // namespace berth::http
