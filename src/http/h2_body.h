// SPDX-License-Identifier: Apache-2.0
//
// BodyReader of one HTTP/2 stream. What is taken here makes room for more: the client gets a
// WINDOW_UPDATE for a piece when the next one is asked for, so a slow consumer slows its client
// down and nobody else.
#pragma once

#include "http/body.h"
#include "http/h2_deadline.h"
#include "http/h2_session.h"
#include "http/h2_stream.h"
#include "io/event.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace berth::http {

class H2Body final : public BodyReader {
  public:
    /// What the reader shares with its connection; must outlive it.
    struct Connection {
        H2Session& session;
        H2Deadline& deadline;
        io::Event& output;  // told when the session has something to send
        std::chrono::seconds timeout;
    };

    H2Body(const Connection& connection, std::shared_ptr<H2Stream> stream);

    std::optional<std::uint64_t> length() const override;
    io::Task<Result<ByteView>> read() override;

    std::uint64_t bytes_read() const { return bytes_read_; }

    /// The client waits for "100 Continue" and was not told: its body may never come.
    bool continue_withheld() const { return continue_pending_ && stream_->arrived.empty(); }

    /// Gives back what was not taken. No read() after it.
    void finish();

  private:
    io::Task<Result<void>> wait();
    void give_back();

    const Connection connection_;
    const std::shared_ptr<H2Stream> stream_;
    std::vector<std::byte> taken_;  // from the stream; piece by piece to the consumer
    std::size_t position_ = 0;
    std::size_t piece_bytes_ = 0;  // with the consumer
    std::size_t turn_bytes_ = 0;
    std::uint64_t bytes_read_ = 0;
    bool continue_pending_;
};

}  // namespace berth::http
