// SPDX-License-Identifier: Apache-2.0
#include "http/h1_grammar.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

namespace berth::http {

namespace {

constexpr std::string_view kLineEnd = "\r\n";

using CharacterSet = std::array<bool, 256>;

/// RFC 9110 5.6.2: tchar.
constexpr CharacterSet make_token_characters() {
    CharacterSet set{};
    for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789"
                                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
        set[static_cast<unsigned char>(c)] = true;
    }
    return set;
}

constexpr CharacterSet kTokenCharacters = make_token_characters();

bool is_token(std::string_view text) {
    for (const char c : text) {
        if (!kTokenCharacters[static_cast<unsigned char>(c)]) {
            return false;
        }
    }
    return !text.empty();
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

constexpr std::uint64_t every_byte(std::uint8_t value) {
    return 0x0101010101010101U * value;
}

/// Whether one of eight bytes may be a control character; never false when one is.
bool may_have_control(const char* bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof(word));
    const std::uint64_t del = word ^ every_byte(0x7F);
    const std::uint64_t below_space = (word - every_byte(0x20)) & ~word;
    const std::uint64_t is_del = (del - every_byte(0x01)) & ~del;
    return ((below_space | is_del) & every_byte(0x80)) != 0;
}

/// Eight at a time: a token of a kilobyte is most of a head.
bool has_control(std::string_view text, char allowed) {
    while (!text.empty()) {
        if (text.size() >= 8 && !may_have_control(text.data())) {
            text.remove_prefix(8);
            continue;
        }
        const std::size_t step = std::min<std::size_t>(text.size(), 8);
        for (const char c : text.substr(0, step)) {
            if (is_control(c) && c != allowed) {
                return true;
            }
        }
        text.remove_prefix(step);
    }
    return false;
}

Method method_of(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, Method>, 6> kMethods{{
        {"GET", Method::get},
        {"HEAD", Method::head},
        {"POST", Method::post},
        {"PUT", Method::put},
        {"PATCH", Method::patch},
        {"DELETE", Method::remove},
    }};
    for (const auto& [name, method] : kMethods) {
        if (text == name) {
            return method;
        }
    }
    return Method::other;
}

std::unexpected<ProtocolError> malformed() {
    return std::unexpected(ProtocolError{400, "malformed request head"});
}

std::optional<unsigned> version_of(std::string_view text) {
    if (text == "HTTP/1.1") {
        return kHttp11;
    }
    return text == "HTTP/1.0" ? std::optional(kHttp10) : std::nullopt;
}

std::expected<unsigned, ProtocolError> scan_request_line(std::string_view line,
                                                         RequestHead& parsed) {
    const std::size_t first = line.find(' ');
    if (first == std::string_view::npos) {
        return malformed();
    }
    const std::string_view rest = line.substr(first + 1);
    const std::size_t second = rest.find(' ');
    const std::string_view target = rest.substr(0, second);
    if (second == std::string_view::npos || target.empty() || !is_token(line.substr(0, first)) ||
        has_control(target, ' ')) {
        return malformed();
    }
    const std::optional<unsigned> version = version_of(rest.substr(second + 1));
    if (!version) {
        return malformed();
    }
    parsed.method_text = line.substr(0, first);
    parsed.method = method_of(parsed.method_text);
    parsed.target = target;
    return *version;
}

std::optional<HeaderView> scan_field(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
        return std::nullopt;
    }
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (has_control(value, '\t')) {
        return std::nullopt;
    }
    return HeaderView{line.substr(0, colon), value};
}

/// Removes the first line of `text`, and answers it without its end.
std::optional<std::string_view> take_line(std::string_view& text) {
    const std::size_t end = text.find(kLineEnd);
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + kLineEnd.size());
    return line;
}

}  // namespace

std::expected<unsigned, ProtocolError> scan_head(std::string_view head, RequestHead& parsed,
                                                 std::size_t fields_max) {
    std::optional<std::string_view> line = take_line(head);
    if (!line) {
        return malformed();
    }
    auto version = scan_request_line(*line, parsed);
    if (!version) {
        return version;
    }
    for (line = take_line(head); line && !line->empty(); line = take_line(head)) {
        const std::optional<HeaderView> field = scan_field(*line);
        if (!field) {
            return malformed();
        }
        if (parsed.headers.size() == fields_max) {
            return std::unexpected(ProtocolError{431, "too many header fields"});
        }
        parsed.headers.push_back(*field);
    }
    return line && head.empty() ? version : malformed();
}

}  // namespace berth::http
