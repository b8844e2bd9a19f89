// SPDX-License-Identifier: Apache-2.0
#include "http/client_url.h"

#include <algorithm>
#include <charconv>

namespace berth::http {
namespace {

constexpr std::size_t kHostBytesMax = 253;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_name_character(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_';
}

bool is_address_character(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || c == ':' || c == '.';
}

// RFC 3986: visible ASCII but for what always has to be escaped.
bool is_target_character(char c) {
    return c > ' ' && c < '\x7F' && std::string_view("\"<>\\^`{|}#").find(c) == std::string::npos;
}

std::string lower(std::string_view text) {
    std::string lowered(text);
    for (char& c : lowered) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return lowered;
}

/// Takes `prefix` off the front of `text`, in any letter case.
bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (lower(text.substr(0, prefix.size())) != prefix) {
        return false;
    }
    text.remove_prefix(prefix.size());
    return true;
}

bool is_host(std::string_view host, bool in_brackets) {
    return !host.empty() && host.size() <= kHostBytesMax &&
           std::ranges::all_of(host, in_brackets ? is_address_character : is_name_character) &&
           (!in_brackets || host.find(':') != std::string_view::npos);
}

bool parse_port(std::string_view text, std::uint16_t& port) {
    const char* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, port);
    return error == std::errc() && at == end && port != 0;
}

/// `HOST`, `HOST:PORT`, `[V6]`, `[V6]:PORT`.
bool parse_authority(std::string_view text, ClientUrl& url) {
    const bool in_brackets = text.starts_with('[');
    const std::size_t host_end = in_brackets ? text.find(']') : text.find(':');
    url.host = lower(text.substr(0, host_end).substr(in_brackets ? 1 : 0));
    if (!is_host(url.host, in_brackets) || (in_brackets && host_end == std::string_view::npos)) {
        return false;
    }
    const std::string_view rest = host_end == std::string_view::npos
                                      ? std::string_view()
                                      : text.substr(host_end + (in_brackets ? 1 : 0));
    const std::uint16_t usual = url.secure ? 443 : 80;
    url.port = usual;
    if (!rest.empty() && (!rest.starts_with(':') || !parse_port(rest.substr(1), url.port))) {
        return false;
    }
    url.authority = in_brackets ? "[" + url.host + "]" : url.host;
    url.authority += url.port == usual ? "" : ":" + std::to_string(url.port);
    return true;
}

}  // namespace

std::optional<ClientUrl> parse_client_url(std::string_view text) {
    ClientUrl url;
    if (text.size() > kClientUrlBytesMax) {
        return std::nullopt;
    }
    url.secure = take_prefix(text, "https://");
    if (!url.secure && !take_prefix(text, "http://")) {
        return std::nullopt;
    }
    const std::size_t authority_end = text.find_first_of("/?#");
    const std::string_view target =
        authority_end == std::string_view::npos ? std::string_view() : text.substr(authority_end);
    if (!parse_authority(text.substr(0, authority_end), url) ||
        !std::ranges::all_of(target, is_target_character)) {
        return std::nullopt;
    }
    url.target = target.starts_with('/') ? "" : "/";
    url.target += target;
    return url;
}

}  // namespace berth::http
