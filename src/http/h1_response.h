// SPDX-License-Identifier: Apache-2.0
//
// Response -> bytes of an HTTP/1.1 head, in the order ACR sends them (acr-wire 2.1): Server, Date,
// Content-Type, Content-Length, Connection, then the service's headers.
#pragma once

#include "http/message.h"

#include <ctime>
#include <string>

namespace berth::http {

/// Appends to `out`.
void render_head(const Response& response, bool keep_alive, std::time_t now, std::string& out);

/// RFC 9110 5.6.7, e.g. `Thu, 02 May 2024 09:41:07 GMT`.
void append_http_date(std::time_t time, std::string& out);

/// Reason phrase, "Unknown" when there is none.
std::string_view reason_of(int status);

}  // namespace berth::http
