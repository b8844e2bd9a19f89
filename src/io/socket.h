// SPDX-License-Identifier: Apache-2.0
//
// What the plain and the TLS stream share: the descriptor, waiting for readiness, and the count of
// turns after which a stream lets its neighbours run. Calls go straight to the descriptor; Asio
// only waits, so a TLS library can own the same descriptor (kernel TLS needs that).
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "io/task.h"
#include "io/turns.h"

#include <boost/asio/ip/tcp.hpp>

namespace berth::io {

class Socket {
  public:
    explicit Socket(boost::asio::ip::tcp::socket socket);

    int fd() { return socket_.native_handle(); }

    /// At least one byte or 0 at the end. Asio remembers that the last read drained the socket and
    /// skips the useless recv before waiting, which async_wait cannot.
    Task<Result<std::size_t>> receive(MutableBytes out);
    /// Errc::cancelled when closed meanwhile.
    Task<Result<void>> wait_readable();
    Task<Result<void>> wait_writable();
    /// Counts bytes moved without waiting. True when a turn (kTurnBytesMax) is used up: the caller
    /// takes another one before it goes on.
    bool uses_up_turn(std::size_t bytes);
    /// Also for what moves many bytes, after it waited for its peer: others may be ready as well.
    Task<void> take_turn();
    void cork(bool hold);
    void shutdown_send();
    void close();

    bool is_open() const { return socket_.is_open(); }

  private:
    boost::asio::ip::tcp::socket socket_;
    Turns& turns_;
    std::size_t turn_bytes_ = 0;
};

/// Errc::cancelled with errno's text: how a peer that went away looks.
Error peer_error(int errno_value, std::string_view operation);

}  // namespace berth::io
