// SPDX-License-Identifier: Apache-2.0
//
// Response -> bytes of an HTTP/1.1 head, in the order ACR sends them (acr-wire 2.1): Server, Date,
// Content-Type, Content-Length, Connection, then the service's headers.
#pragma once

#include "http/message.h"

#include <ctime>
#include <string>

namespace berth::http {

/// The Date header, made anew when a second has passed. For one thread.
class DateText {
  public:
    /// Valid until the next call.
    std::string_view at(std::time_t now);

  private:
    std::time_t made_for_ = -1;
    std::string text_;
};

/// Appends to `out`; `date` is the value of the Date header.
void render_head(const Response& response, bool keep_alive, std::string_view date,
                 std::string& out);

/// RFC 9110 5.6.7, e.g. `Thu, 02 May 2024 09:41:07 GMT`.
void append_http_date(std::time_t time, std::string& out);

/// Reason phrase, "Unknown" when there is none.
std::string_view reason_of(int status);

}  // namespace berth::http
