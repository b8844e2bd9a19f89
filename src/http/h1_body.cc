// SPDX-License-Identifier: Apache-2.0
#include "http/h1_body.h"

#include "base/limits.h"
#include "base/try.h"

#include <algorithm>
#include <cstring>

namespace berth::http {

namespace {
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
/// No deadline while the server itself is busy.
constexpr auto kNoDeadline = std::chrono::hours(24 * 365);
}  // namespace

H1Body::H1Body(io::Stream& stream, io::Watch& watch, std::chrono::seconds timeout,
               H1Request& request, ByteView early)
    : stream_(stream),
      watch_(watch),
      timeout_(timeout),
      request_(request),
      input_(early.begin(), early.end()),
      end_(early.size()),
      remaining_(request.head().content_length.value_or(0)),
      done_(!request.head().chunked && remaining_ == 0),
      continue_pending_(request.head().expects_continue && !done_ && early.empty()) {}

std::optional<std::uint64_t> H1Body::length() const {
    if (request_.head().chunked) {
        return std::nullopt;
    }
    return request_.head().content_length.value_or(0);
}

io::Task<Result<void>> H1Body::send_continue() {
    continue_pending_ = false;
    watch_.set_deadline(timeout_);
    co_return co_await stream_.write(as_bytes(kContinue), ByteView());
}

/// Adds input behind what is there, moving it to the front first when the buffer is full.
io::Task<Result<void>> H1Body::fill() {
    if (begin_ > 0) {
        std::memmove(input_.data(), input_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (input_.size() < kReadBufferBytes) {
        input_.resize(kReadBufferBytes);
    }
    if (end_ == input_.size()) {
        co_return fail(Errc::bad_request, "chunk header too long");
    }
    watch_.set_deadline(timeout_);
    Result<std::size_t> got = co_await stream_.read_some(MutableBytes(input_).subspan(end_));
    watch_.set_deadline(kNoDeadline);
    if (!got) {
        co_return fail(std::move(got).error());
    }
    if (*got == 0) {
        co_return fail(Errc::cancelled, "client closed the connection inside a body");
    }
    end_ += *got;
    co_return Result<void>();
}

io::Task<Result<ByteView>> H1Body::read() {
    if (done_) {
        co_return ByteView();
    }
    if (failure_) {
        co_return fail(*failure_);
    }
    Result<ByteView> piece = co_await read_next();
    if (!piece) {
        failure_ = piece.error();
    }
    co_return piece;
}

io::Task<Result<ByteView>> H1Body::read_next() {
    if (continue_pending_) {
        BERTH_CO_TRY_VOID(co_await send_continue());
    }
    if (request_.head().chunked) {
        co_return co_await read_chunked();
    }
    co_return co_await read_plain();
}

io::Task<Result<ByteView>> H1Body::read_plain() {
    if (begin_ == end_) {
        begin_ = end_ = 0;
        BERTH_CO_TRY_VOID(co_await fill());
    }
    const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(end_ - begin_, remaining_));
    const ByteView piece = ByteView(input_).subspan(begin_, take);
    begin_ += take;
    remaining_ -= take;
    bytes_read_ += take;
    done_ = remaining_ == 0;
    co_return piece;
}

io::Task<Result<ByteView>> H1Body::read_chunked() {
    decoded_.resize(kReadBufferBytes);
    while (true) {
        if (begin_ == end_) {
            BERTH_CO_TRY_VOID(co_await fill());
        }
        const ByteView input = ByteView(input_).subspan(begin_, end_ - begin_);
        BERTH_CO_TRY(const H1Request::Decoded step, request_.decode_chunked(input, decoded_));
        begin_ += step.consumed;
        done_ = step.done;
        bytes_read_ += step.produced;
        if (step.produced > 0 || step.done) {
            co_return ByteView(decoded_).first(step.produced);
        }
        if (step.consumed == 0) {
            BERTH_CO_TRY_VOID(co_await fill());
        }
    }
}

}  // namespace berth::http
