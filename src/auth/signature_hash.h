// SPDX-License-Identifier: Apache-2.0
//
// The signature of a token, and its SHA-256: by that, and not by the secret itself, tokens are
// remembered, so that looking one up takes no time that tells anything of those that are good.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace berth::auth {

using SignatureHash = std::array<std::byte, 32>;

/// What is signed, and the signature: at the last dot. Without one it is no token, and nobody
/// remembers what it is taken for here.
std::pair<std::string_view, std::string_view> split_at_signature(std::string_view token);

SignatureHash hash_of(std::string_view signature);

}  // namespace berth::auth
