// SPDX-License-Identifier: Apache-2.0
//
// BodyReader of an HTTP/1.1 connection. Content-Length bodies are handed out straight from the read
// buffer; chunked ones are decoded into a second one. Buffers exist only while a body is read, so
// an idle connection costs no more than its head buffer.
#pragma once

#include "http/body.h"
#include "http/h1_head.h"
#include "io/loop.h"
#include "io/stream.h"

#include <chrono>
#include <cstdint>
#include <vector>

namespace berth::http {

class H1Body final : public BodyReader {
  public:
    /// `early` are bytes that arrived with the head. `watch` gets a deadline of `timeout` around
    /// every wait for the client. All references must outlive the object.
    H1Body(io::Stream& stream, io::Watch& watch, std::chrono::seconds timeout, H1Request& request,
           ByteView early);

    std::optional<std::uint64_t> length() const override;
    io::Task<Result<ByteView>> read() override;

    bool done() const { return done_; }

    /// A read failed: nobody knows where the next request begins. Every further read fails too.
    bool broken() const { return failure_.has_value(); }

    /// The client waits for "100 Continue" and was not told: its body may never come.
    bool continue_withheld() const { return continue_pending_; }

    std::uint64_t bytes_read() const { return bytes_read_; }

    /// Bytes still to come when known.
    std::uint64_t remaining() const { return remaining_; }

    /// Bytes beyond the end of the body: the next pipelined request. Requires done().
    ByteView leftover() const { return ByteView(input_).subspan(begin_, end_ - begin_); }

  private:
    io::Task<Result<void>> send_continue();
    io::Task<Result<void>> fill();
    io::Task<Result<ByteView>> read_next();
    io::Task<Result<ByteView>> read_plain();
    io::Task<Result<ByteView>> read_chunked();

    io::Stream& stream_;
    io::Watch& watch_;
    const std::chrono::seconds timeout_;
    H1Request& request_;
    std::vector<std::byte> input_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::vector<std::byte> decoded_;
    std::uint64_t remaining_ = 0;
    std::uint64_t bytes_read_ = 0;
    bool done_ = false;
    bool continue_pending_ = false;
    std::optional<Error> failure_;
};

}  // namespace berth::http
