// SPDX-License-Identifier: Apache-2.0
#include "auth/basic_credentials.h"

#include "base/encode.h"

#include <algorithm>

namespace berth::auth {
namespace {

constexpr std::string_view kScheme = "basic";
constexpr std::string_view kBearer = "bearer";

// `scheme` is lower-case letters; HTTP compares scheme names without case.
bool has_scheme(std::string_view authorization, std::string_view scheme) {
    const std::string_view rest =
        authorization.substr(std::min(authorization.size(), scheme.size()));
    return (rest.empty() || rest.front() == ' ') &&
           std::ranges::equal(authorization.substr(0, scheme.size()), scheme, {},
                              [](char c) { return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c; });
}

std::string_view trim_spaces(std::string_view text) {
    while (text.starts_with(' ')) {
        text.remove_prefix(1);
    }
    while (text.ends_with(' ')) {
        text.remove_suffix(1);
    }
    return text;
}

}  // namespace

std::optional<BasicCredentials> parse_basic(std::string_view authorization) {
    if (!has_scheme(authorization, kScheme)) {
        return std::nullopt;
    }
    const std::string_view encoded = trim_spaces(authorization.substr(kScheme.size()));
    const std::optional<std::string> pair = base64_decode(encoded);
    if (!pair || pair->find('\0') != std::string::npos) {
        return std::nullopt;
    }
    const std::size_t colon = pair->find(':');
    if (colon == std::string::npos || colon == 0) {
        return std::nullopt;
    }
    BasicCredentials credentials;
    credentials.name = pair->substr(0, colon);
    credentials.password = pair->substr(colon + 1);
    return credentials;
}

bool is_blank_basic(std::string_view authorization) {
    constexpr std::string_view kColonAlone = "Og==";
    return has_scheme(authorization, kScheme) &&
           trim_spaces(authorization.substr(kScheme.size())) == kColonAlone;
}

std::optional<std::string_view> parse_bearer(std::string_view authorization) {
    if (!has_scheme(authorization, kBearer)) {
        return std::nullopt;
    }
    return trim_spaces(authorization.substr(kBearer.size()));
}

}  // namespace berth::auth
