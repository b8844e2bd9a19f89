// SPDX-License-Identifier: Apache-2.0
//
// Accepts connections: one listening socket per loop on the same address (SO_REUSEPORT), so that a
// connection starts and stays on one thread.
#pragma once

#include "base/error.h"
#include "io/runtime.h"
#include "io/task.h"
#include "telemetry/metrics.h"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace berth::io {

/// Serves one accepted connection until it ends. Runs on `loop`'s thread.
using Serve = std::function<Task<void>(Loop& loop, boost::asio::ip::tcp::socket socket)>;

/// The connections that several listeners may have together, and each address of them. Any thread.
class ConnectionLimit {
  public:
    /// Whose connections are those of many clients, which are not counted by address.
    using Exempt = std::function<bool(const std::string& address)>;

    /// `most_per_address` 0: an address may have all of them.
    explicit ConnectionLimit(std::uint32_t most, std::uint32_t most_per_address = 0,
                             Exempt exempt = nullptr);

    /// One connection; gives its place back when destroyed, which may be after the limit was.
    class Place {
      public:
        Place(Place&& other) noexcept = default;
        Place& operator=(Place&&) = delete;
        ~Place();

      private:
        friend class ConnectionLimit;
        struct Counts;

        Place(std::shared_ptr<Counts> counts, std::string counted)
            : counts_(std::move(counts)), counted_(std::move(counted)) {}

        std::shared_ptr<Counts> counts_;
        std::string counted_;  // empty: not counted by address
    };

    /// nullopt: there are as many as there may be. An IPv6 client is its /64.
    std::optional<Place> enter(const std::string& address);

    /// How often enter() answered nothing because of all connections, or of one address'.
    std::uint64_t refused() const { return refused_.value(); }

    std::uint64_t refused_by_address() const { return refused_by_address_.value(); }

  private:
    telemetry::Counter refused_;
    telemetry::Counter refused_by_address_;
    const std::uint32_t most_;
    const std::uint32_t most_per_address_;
    const Exempt exempt_;
    const std::shared_ptr<Place::Counts> counts_;
};

class Listener {
  public:
    /// Binds `address` ("127.0.0.1:5000", "[::1]:0", "localhost:5000") on every loop before the
    /// runtime starts. Errc::bad_request for a malformed address, io_error when it cannot be bound.
    /// What is beyond `limit`, which must outlive the listener, is closed on arrival.
    static Result<std::unique_ptr<Listener>> open(Runtime& runtime, const std::string& address,
                                                  ConnectionLimit& limit, Serve serve);
    ~Listener();

    /// The port in use (the chosen one for port 0).
    std::uint16_t port() const { return port_; }

    const std::string& host() const { return host_; }

    /// Nobody from another machine can reach it.
    bool is_loopback() const { return is_loopback_; }

    /// Stops accepting, after those who have connected already; connections live on. Not from a
    /// loop's thread.
    void close();

  private:
    struct Acceptor;
    Listener(Runtime& runtime, Serve serve, ConnectionLimit& limit);
    Result<void> bind(const boost::asio::ip::tcp::endpoint& endpoint);
    Task<void> accept_loop(Acceptor& acceptor);
    void admit_waiting(Acceptor& acceptor);
    void admit(Loop& loop, boost::asio::ip::tcp::socket socket);
    Task<void> serve_counted(Loop& loop, boost::asio::ip::tcp::socket socket,
                             ConnectionLimit::Place place);

    Runtime& runtime_;
    Serve serve_;
    ConnectionLimit& limit_;
    std::vector<std::unique_ptr<Acceptor>> acceptors_;
    std::string host_;
    std::uint16_t port_ = 0;
    bool is_loopback_ = false;
};

}  // namespace berth::io
