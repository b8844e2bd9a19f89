// SPDX-License-Identifier: Apache-2.0
//
// Text encodings of bytes: hex, base64, base64url, percent. Pure functions.
#pragma once

#include "base/bytes.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace berth {

/// Lower-case hex.
std::string hex_encode(ByteView bytes);
/// hex_encode() appended to `out`.
void append_hex(std::string& out, ByteView bytes);

/// Standard alphabet with padding.
std::string base64_encode(ByteView bytes);
/// Standard alphabet; padding required to be right when present, may be absent. nullopt otherwise.
std::optional<std::string> base64_decode(std::string_view text);
/// URL-safe alphabet with padding (acr-wire 12.1 `_state`).
std::string base64url_encode(ByteView bytes);

/// Query-value escaping as in acr-wire 6: everything but ALPHA DIGIT - _ . ~ becomes %XX
/// (upper-case hex).
std::string percent_encode(std::string_view text);
/// Strict: nullopt for a `%` without two hex digits or a decoded NUL. `+` stays `+` unless
/// `plus_is_space`.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// `text` as a JSON string literal with its quotes; the escapes of Go's encoder without HTML
/// escaping of `<>&`, invalid UTF-8 replaced by U+FFFD.
std::string json_quote(std::string_view text);
/// json_quote() appended to `out`, for lines and bodies built piece by piece.
void append_json_quoted(std::string& out, std::string_view text);

}  // namespace berth
