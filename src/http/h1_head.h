// SPDX-License-Identifier: Apache-2.0
//
// A complete request head, parsed, and the framing of a chunked body behind it, which Boost.Beast
// decodes.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "http/exchange.h"
#include "http/message.h"

#include <cstddef>
#include <expected>
#include <memory>
#include <string_view>

namespace berth::http {

class H1Request {
  public:
    /// `head` is everything up to and with the empty line; it must outlive the object. More than
    /// `fields_max` header fields are 431.
    static std::expected<H1Request, ProtocolError> parse(
        std::string_view head, std::size_t fields_max = Limits().header_count_max);
    ~H1Request();
    H1Request(H1Request&&) noexcept;
    H1Request& operator=(H1Request&&) noexcept;

    const RequestHead& head() const { return head_; }

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
    struct ChunkDecoder;
    explicit H1Request(std::string_view text);
    Result<void> make_decoder();

    std::string_view text_;
    RequestHead head_;
    std::unique_ptr<ChunkDecoder> decoder_;  // made for a chunked body
};

}  // namespace berth::http
