// SPDX-License-Identifier: Apache-2.0
//
// The head of an HTTP/2 request, gathered field by field as HPACK gives them, then mapped to the
// RequestHead that HTTP/1.1 makes: `:path` is the target, `:authority` is the Host. nghttp2 has
// refused by then what RFC 9113 8.2 and 8.3 forbid: wrong, missing and repeated pseudo headers,
// capitals, connection headers, a TE other than "trailers", repeated lengths.
#pragma once

#include "base/limits.h"
#include "http/exchange.h"
#include "http/message.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::http {

class H2Head {
  public:
    /// Counts a field, and keeps it unless the head is too large already. False: so much came that
    /// the connection is better ended than read on.
    bool add(std::string_view name, std::string_view value, const Limits& limits);
    /// The same of a field that nobody reads (trailers).
    bool count(std::string_view name, std::string_view value, const Limits& limits);

    /// A field was left out because it has forbidden characters.
    void note_malformed() { problem_ = ProtocolError{400, "malformed header field"}; }

    /// Once all fields are here. `has_body`: the stream goes on after its head. nullopt: request()
    /// is complete; else how to refuse it, with request() as far as it could be read.
    std::optional<ProtocolError> finish(bool has_body);

    const RequestHead& request() const { return request_; }

  private:
    struct Field {
        std::size_t name;
        std::size_t value;
        std::size_t end;
    };

    std::string_view text(std::size_t from, std::size_t to) const;
    std::optional<ProtocolError> take(std::string_view name, std::string_view value);
    std::optional<ProtocolError> take_length(std::string_view value);
    std::optional<ProtocolError> name_host();

    std::string text_;
    std::vector<Field> fields_;
    std::size_t list_bytes_ = 0;
    std::size_t list_fields_ = 0;  // without pseudo headers
    std::optional<ProtocolError> problem_;
    std::optional<std::string_view> authority_;
    std::optional<std::string_view> host_;
    RequestHead request_;
};

}  // namespace berth::http
