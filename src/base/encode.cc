// SPDX-License-Identifier: Apache-2.0
#include "base/encode.h"

#include <array>
#include <cstdint>

namespace berth {
namespace {

constexpr std::string_view kLowerHex = "0123456789abcdef";
constexpr std::string_view kUpperHex = "0123456789ABCDEF";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

using Table = std::array<std::int16_t, 256>;

constexpr Table inverse_of(std::string_view alphabet) {
    Table table{};
    table.fill(-1);
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int16_t>(i);
    }
    return table;
}

constexpr Table kBase64Values = inverse_of(kBase64);

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The byte of two hex digits, or -1.
int hex_pair(char high, char low) {
    const int h = hex_value(high);
    const int l = hex_value(low);
    return h < 0 || l < 0 ? -1 : h * 16 + l;
}

bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

std::string encode64(ByteView bytes, std::string_view alphabet) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t count = bytes.size() - at < 3 ? bytes.size() - at : 3;
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            group = group << 8 | (i < count ? std::to_integer<std::uint32_t>(bytes[at + i]) : 0);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            text.push_back(i <= count ? alphabet[group >> (18 - 6 * i) & 63] : '=');
        }
    }
    return text;
}

/// `text` without its padding; nullopt when there is padding of the wrong length.
std::optional<std::string_view> strip_padding(std::string_view text) {
    const std::size_t end = text.find('=');
    if (end == std::string_view::npos) {
        return text;
    }
    const std::string_view padding = text.substr(end);
    const bool right = text.size() % 4 == 0 && (padding == "=" || padding == "==");
    return right ? std::optional(text.substr(0, end)) : std::nullopt;
}

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// Length of the well-formed UTF-8 sequence of two to four bytes that `text` begins with, 0 when
/// it is malformed, overlong, a surrogate or beyond U+10FFFF (Unicode 15, table 3-7).
std::size_t multibyte_length(std::string_view text) {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if (!is_continuation(text[i])) {
            return 0;
        }
    }
    const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
    const bool surrogate = lead == 0xED && byte(1) > 0x9F;
    const bool beyond = lead == 0xF4 && byte(1) > 0x8F;
    return overlong || surrogate || beyond ? 0 : length;
}

bool is_plain_json(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

void append_json_escape(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\b':
            out += "\\b";
            return;
        case '\f':
            out += "\\f";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            out += "\\u00";
            out += kLowerHex[static_cast<unsigned char>(c) >> 4];
            out += kLowerHex[static_cast<unsigned char>(c) & 15];
    }
}

/// Appends the first sequence of `text`, which begins with a byte above 0x7F; returns its length.
std::size_t append_json_multibyte(std::string& out, std::string_view text) {
    const std::size_t length = multibyte_length(text);
    if (length == 0) {
        out += "\\ufffd";
        return 1;
    }
    const std::string_view sequence = text.substr(0, length);
    // Line and paragraph separators end a line in JavaScript; Go escapes them always.
    if (sequence == "\xE2\x80\xA8") {
        out += "\\u2028";
    } else if (sequence == "\xE2\x80\xA9") {
        out += "\\u2029";
    } else {
        out += sequence;
    }
    return length;
}

}  // namespace

void append_hex(std::string& out, ByteView bytes) {
    const std::size_t from = out.size();
    out.resize(from + bytes.size() * 2);
    char* next = out.data() + from;
    for (const std::byte byte : bytes) {
        const auto value = std::to_integer<std::size_t>(byte);
        *next++ = kLowerHex[value >> 4];
        *next++ = kLowerHex[value & 15];
    }
}

std::string hex_encode(ByteView bytes) {
    std::string text;
    append_hex(text, bytes);
    return text;
}

std::string base64_encode(ByteView bytes) {
    return encode64(bytes, kBase64);
}

std::string base64url_encode(ByteView bytes) {
    return encode64(bytes, kBase64Url);
}

std::optional<std::string> base64_decode(std::string_view text) {
    const std::optional<std::string_view> digits = strip_padding(text);
    if (!digits || digits->size() % 4 == 1) {
        return std::nullopt;
    }
    std::string bytes;
    bytes.reserve(digits->size() * 3 / 4);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : *digits) {
        const int value = kBase64Values[static_cast<unsigned char>(c)];
        if (value < 0) {
            return std::nullopt;
        }
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes.push_back(static_cast<char>(bits >> count & 0xFF));
        }
    }
    // Left-over bits must be zero, so that one byte string has one text (RFC 4648 3.5).
    const bool canonical = (bits & ((1U << count) - 1)) == 0;
    return canonical ? std::optional(std::move(bytes)) : std::nullopt;
}

std::string percent_encode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c)) {
            out.push_back(c);
            continue;
        }
        out.push_back('%');
        out.push_back(kUpperHex[static_cast<unsigned char>(c) >> 4]);
        out.push_back(kUpperHex[static_cast<unsigned char>(c) & 15]);
    }
    return out;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    const bool is_plain = text.find('%') == std::string_view::npos;
    if (is_plain && !(plus_is_space && text.find('+') != std::string_view::npos)) {
        return std::string(text);
    }
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
            continue;
        }
        const int value = i + 2 < text.size() ? hex_pair(text[i + 1], text[i + 2]) : -1;
        if (value <= 0) {
            return std::nullopt;
        }
        out.push_back(static_cast<char>(value));
        i += 2;
    }
    return out;
}

std::string json_quote(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    append_json_quoted(out, text);
    return out;
}

void append_json_quoted(std::string& out, std::string_view text) {
    out.push_back('"');
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain < text.size() && is_plain_json(text[plain])) {
            ++plain;
        }
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) {
            break;
        }
        if (static_cast<unsigned char>(text.front()) < 0x80) {
            append_json_escape(out, text.front());
            text.remove_prefix(1);
        } else {
            text.remove_prefix(append_json_multibyte(out, text));
        }
    }
    out.push_back('"');
}

}  // namespace berth
