// SPDX-License-Identifier: Apache-2.0
#include "auth/jwt.h"

#include "base/bytes.h"
#include "base/encode.h"

#include <algorithm>

namespace berth::auth {
namespace {

std::string encode_part(std::string_view bytes) {
    std::string text = base64url_encode(as_bytes(bytes));
    text.erase(text.find_last_not_of('=') + 1);
    return text;
}

bool is_object_shaped(const std::optional<std::string>& json) {
    return json && json->starts_with('{') && json->ends_with('}');
}

}  // namespace

std::optional<std::string> decode_jwt_part(std::string_view part) {
    if (part.empty() || part.find_first_of("+/=") != std::string_view::npos) {
        return std::nullopt;
    }
    std::string standard(part);
    std::ranges::replace(standard, '-', '+');
    std::ranges::replace(standard, '_', '/');
    return base64_decode(standard);
}

std::optional<Jwt> split_jwt(std::string_view token) {
    const std::size_t first = token.find('.');
    const std::size_t last = token.rfind('.');
    if (token.size() > kTokenBytesMax || first == last) {
        return std::nullopt;
    }
    auto header = decode_jwt_part(token.substr(0, first));
    // Another dot would be a fourth part: no character of base64url.
    auto payload = decode_jwt_part(token.substr(first + 1, last - first - 1));
    auto signature = decode_jwt_part(token.substr(last + 1));
    if (!is_object_shaped(header) || !is_object_shaped(payload) || !signature) {
        return std::nullopt;
    }
    Jwt jwt;
    jwt.signed_text = token.substr(0, last);
    jwt.header = *std::move(header);
    jwt.payload = *std::move(payload);
    jwt.signature = *std::move(signature);
    return jwt;
}

std::string jwt_signed_text(std::string_view header, std::string_view payload) {
    return encode_part(header) + "." + encode_part(payload);
}

std::string join_jwt(std::string signed_text, std::string_view signature) {
    signed_text += ".";
    signed_text += encode_part(signature);
    return signed_text;
}

}  // namespace berth::auth
