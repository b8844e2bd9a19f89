// SPDX-License-Identifier: Apache-2.0
//
// Response -> fields of an HTTP/2 head: those of HTTP/1.1 (h1_response.h) in the same order,
// without Connection. nghttp2 copies them and writes the names in small letters.
#pragma once

#include "http/message.h"

#include <nghttp2/nghttp2.h>
#include <string>
#include <string_view>
#include <vector>

namespace berth::http {

/// For nghttp2 to copy.
nghttp2_nv h2_field(std::string_view name, std::string_view value);

class H2Fields {
  public:
    /// The arguments must outlive the object.
    H2Fields(const Response& response, std::string_view date);
    H2Fields(const H2Fields&) = delete;
    H2Fields& operator=(const H2Fields&) = delete;

    const nghttp2_nv* data() const { return fields_.data(); }

    std::size_t size() const { return fields_.size(); }

  private:
    std::string status_;
    std::string length_;
    std::vector<nghttp2_nv> fields_;
};

}  // namespace berth::http
