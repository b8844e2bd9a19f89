// SPDX-License-Identifier: Apache-2.0
//
// The grammar of a request head (RFC 9112 3 and 5), strictly: what is not exactly that is refused.
// One pass, no copies, no allocation but the list of headers. What the fields mean, and which of
// them may stand together, is h1_rules'.
#pragma once

#include "base/limits.h"
#include "http/exchange.h"
#include "http/message.h"

#include <cstddef>
#include <expected>
#include <string_view>

namespace berth::http {

inline constexpr unsigned kHttp10 = 10;
inline constexpr unsigned kHttp11 = 11;

/// Takes `head`, everything up to and with the empty line, apart into method, target and headers of
/// `parsed`, as views of it. Answers the version, kHttp10 or kHttp11. 431 for more header fields
/// than `fields_max`.
std::expected<unsigned, ProtocolError> scan_head(
    std::string_view head, RequestHead& parsed, std::size_t fields_max = Limits().header_count_max);

}  // namespace berth::http
