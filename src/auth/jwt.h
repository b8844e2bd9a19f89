// SPDX-License-Identifier: Apache-2.0
//
// The compact form of a signed JWT (RFC 7515 7.1), without looking at what its parts say: nothing
// of a token is believed before its signature was verified. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::auth {

/// Longer tokens are malformed: ours have a few hundred bytes and some more per scope.
inline constexpr std::size_t kTokenBytesMax = 64 * 1024;

struct Jwt {
    std::string_view signed_text;  // the first two parts as they came, with the dot
    std::string header;
    std::string payload;
    std::string signature;
};

/// Three parts in unpadded base64url, of which the first two are shaped like JSON objects. nullopt
/// otherwise. Views into `token`.
std::optional<Jwt> split_jwt(std::string_view token);
/// What is not empty and in unpadded base64url; nullopt otherwise.
std::optional<std::string> decode_jwt_part(std::string_view part);

/// What is to be signed: `BASE64URL(header).BASE64URL(payload)`.
std::string jwt_signed_text(std::string_view header, std::string_view payload);
/// The token: `signed_text.BASE64URL(signature)`.
std::string join_jwt(std::string signed_text, std::string_view signature);

}  // namespace berth::auth
