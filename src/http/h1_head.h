// SPDX-License-Identifier: Apache-2.0
//
// A complete request head, parsed: Beast's parser with our stricter rules around it. Owns what the
// RequestHead's views point at, and decodes the body's framing afterwards. Beast stays behind the
// .cc.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "http/exchange.h"
#include "http/message.h"

#include <cstddef>
#include <expected>
#include <memory>
#include <string_view>

namespace berth::http {

class H1Request {
  public:
    /// `head` is everything up to and with the empty line; it must outlive the object.
    static std::expected<H1Request, ProtocolError> parse(std::string_view head);
    ~H1Request();
    H1Request(H1Request&&) noexcept;
    H1Request& operator=(H1Request&&) noexcept;

    const RequestHead& head() const { return *head_; }

    /// What decode_chunked() did with its input.
    struct Decoded {
        std::size_t consumed = 0;
        std::size_t produced = 0;
        bool done = false;
    };

    /// Chunked bodies: takes framing off `input`, writes content to `output`. Consuming and
    /// producing nothing means: give more input. Errc::bad_request for broken framing.
    Result<Decoded> decode_chunked(ByteView input, MutableBytes output);

  private:
    struct Parser;
    H1Request();
    std::unique_ptr<RequestHead> head_;  // where parser_ writes: stays put when this is moved
    std::unique_ptr<Parser> parser_;
};

}  // namespace berth::http
