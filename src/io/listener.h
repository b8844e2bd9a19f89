// SPDX-License-Identifier: Apache-2.0
//
// Accepts connections: one listening socket per loop on the same address (SO_REUSEPORT), so that a
// connection starts and stays on one thread.
#pragma once

#include "base/error.h"
#include "io/runtime.h"
#include "io/task.h"

#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace berth::io {

/// Serves one accepted connection until it ends. Runs on `loop`'s thread.
using Serve = std::function<Task<void>(Loop& loop, boost::asio::ip::tcp::socket socket)>;

class Listener {
  public:
    /// Binds `address` ("127.0.0.1:5000", "[::1]:0", "localhost:5000") on every loop before the
    /// runtime starts. Errc::bad_request for a malformed address, io_error when it cannot be bound.
    /// More than `connections_max` at once are closed on arrival.
    static Result<std::unique_ptr<Listener>> open(Runtime& runtime, const std::string& address,
                                                  std::uint32_t connections_max, Serve serve);
    ~Listener();

    /// The port in use (the chosen one for port 0).
    std::uint16_t port() const { return port_; }

    const std::string& host() const { return host_; }

    /// Stops accepting; connections live on. Not from a loop's thread.
    void close();

  private:
    struct Acceptor;
    Listener(Runtime& runtime, Serve serve, std::uint32_t connections_max);
    Result<void> bind(const boost::asio::ip::tcp::endpoint& endpoint);
    Task<void> accept_loop(Acceptor& acceptor);
    Task<void> serve_counted(Loop& loop, boost::asio::ip::tcp::socket socket);

    Runtime& runtime_;
    Serve serve_;
    const std::uint32_t connections_max_;
    std::atomic<std::uint32_t> connections_ = 0;
    std::vector<std::unique_ptr<Acceptor>> acceptors_;
    std::string host_;
    std::uint16_t port_ = 0;
};

}  // namespace berth::io
