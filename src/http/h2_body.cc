// SPDX-License-Identifier: Apache-2.0
#include "http/h2_body.h"

#include "base/limits.h"
#include "base/try.h"
#include "io/turns.h"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace berth::http {

H2Body::H2Body(const Connection& connection, std::shared_ptr<H2Stream> stream)
    : connection_(connection),
      stream_(std::move(stream)),
      continue_pending_(stream_->head.request().expects_continue && !stream_->request_ended) {}

std::optional<std::uint64_t> H2Body::length() const {
    return stream_->head.request().content_length;
}

io::Task<Result<ByteView>> H2Body::read() {
    give_back();
    if (position_ == taken_.size()) {
        BERTH_CO_TRY_VOID(co_await wait());
        taken_.clear();
        position_ = 0;
        std::swap(taken_, stream_->arrived);
    }
    if (turn_bytes_ >= kTurnBytesMax) {
        turn_bytes_ = 0;
        const auto executor = co_await boost::asio::this_coro::executor;
        co_await io::Turns::of(executor).take();
    }
    piece_bytes_ = std::min(kReadBufferBytes, taken_.size() - position_);
    const ByteView piece = ByteView(taken_).subspan(position_, piece_bytes_);
    position_ += piece_bytes_;
    bytes_read_ += piece_bytes_;
    turn_bytes_ += piece_bytes_;
    co_return piece;
}

/// Until something is there, or the end of the body.
io::Task<Result<void>> H2Body::wait() {
    while (stream_->arrived.empty() && !stream_->request_ended) {
        if (stream_->closed) {
            co_return fail(Errc::cancelled, "client ended the stream inside a body");
        }
        if (continue_pending_) {
            connection_.session.send_continue(*stream_);
            connection_.output.notify();
        }
        continue_pending_ = false;
        turn_bytes_ = 0;
        stream_->deadline = std::chrono::steady_clock::now() + connection_.timeout;
        connection_.deadline.expect(stream_->deadline);
        co_await stream_->changed.wait();
        stream_->deadline = H2Deadline::kNever;
    }
    continue_pending_ = false;
    co_return Result<void>();
}

/// The consumer is done with the last piece.
void H2Body::give_back() {
    if (piece_bytes_ > 0) {
        connection_.session.consume(*stream_, std::exchange(piece_bytes_, 0));
        connection_.output.notify();
    }
}

void H2Body::finish() {
    give_back();
    connection_.session.consume(*stream_, taken_.size() - position_);
    taken_ = std::vector<std::byte>();
    position_ = 0;
    connection_.session.discard_rest(*stream_);
    connection_.output.notify();
}

}  // namespace berth::http
