// SPDX-License-Identifier: Apache-2.0
//
// For tests of streams: a connected pair of TCP sockets on loopback. The server's end is an Asio
// socket of the test loop, the client's end is a blocking descriptor that gives up after a
// deadline.
#pragma once

#include "io/file.h"
#include "io/testing/run_task.h"

#include <boost/asio/ip/tcp.hpp>

#include <csignal>
#include <cstdint>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace berth::io {

/// What tests wait for at most; reached only by a failing test.
inline constexpr int kTestDeadlineSeconds = 10;

inline sockaddr_in loopback_address(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

/// -1 when nobody listens there.
inline int connect_to(std::uint16_t port) {
    // As the program does: a peer that went away is an error value.
    std::signal(SIGPIPE, SIG_IGN);
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{kTestDeadlineSeconds, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    const sockaddr_in address = loopback_address(port);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        ::close(fd);
        return -1;
    }
    return fd;
}

class Loopback {
  public:
    Loopback() : server_(test_loop()) {
        using boost::asio::ip::tcp;
        tcp::acceptor acceptor(test_loop(),
                               tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
        client_ = FileHandle(connect_to(acceptor.local_endpoint().port()));
        if (!client_.is_open()) {
            throw std::runtime_error("cannot connect to loopback");
        }
        acceptor.accept(server_);
    }

    /// Once.
    boost::asio::ip::tcp::socket take_server() { return std::move(server_); }

    int client() const { return client_.fd(); }

    /// The client sends no more, but could read on.
    void end_client() const { ::shutdown(client_.fd(), SHUT_WR); }

    /// The peer gets a reset instead of an end.
    void reset_client() {
        const linger none{1, 0};
        ::setsockopt(client_.fd(), SOL_SOCKET, SO_LINGER, &none, sizeof(none));
        client_ = FileHandle();
    }

  private:
    boost::asio::ip::tcp::socket server_;
    FileHandle client_;
};

}  // namespace berth::io
