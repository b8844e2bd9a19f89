// SPDX-License-Identifier: Apache-2.0
//
// The checks that Beast's lenient parser leaves out and that keep a proxy and us from disagreeing
// about where a request ends (request smuggling; RFC 9112 3.2, 5.2, 6.1-6.3).
#pragma once

#include "http/exchange.h"
#include "http/message.h"

#include <optional>
#include <string_view>

namespace berth::http {

/// True when a line of `text` ends in LF alone. Looked for while a head is still arriving: such a
/// head would never be seen to end.
bool has_bare_line_feed(std::string_view text);

/// On the raw bytes of a head, up to and with its empty line: bare LF, bare CR, folded lines.
std::optional<ProtocolError> check_raw_head(std::string_view head);

/// On the parsed head, before it is acted on: exactly one Host, Transfer-Encoding only as a single
/// "chunked" and only in HTTP/1.1, at most one Content-Length and never both, known Expect.
/// Fills content_length, chunked and expects_continue.
std::optional<ProtocolError> check_fields(RequestHead& head, unsigned version);

}  // namespace berth::http
