// SPDX-License-Identifier: Apache-2.0
#include "io/socket.h"

#include "base/limits.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>

namespace berth::io {

namespace asio = boost::asio;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
/// A turn also ends after this many operations, however small: pipelined heads must not hold a
/// loop.
constexpr std::size_t kOperationCost = kTurnBytesMax / 64;

Task<Result<void>> wait(asio::ip::tcp::socket& socket, asio::ip::tcp::socket::wait_type what) {
    auto [error] = co_await socket.async_wait(what, kAwait);
    if (error || !socket.is_open()) {
        co_return fail(Errc::cancelled, "connection closed");
    }
    co_return Result<void>();
}

}  // namespace

Socket::Socket(asio::ip::tcp::socket socket)
    : socket_(std::move(socket)), turns_(Turns::of(socket_.get_executor())) {
    boost::system::error_code ignored;
    socket_.native_non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

Task<Result<std::size_t>> Socket::receive(MutableBytes out) {
    if (!socket_.is_open()) {
        co_return fail(Errc::cancelled, "connection closed");
    }
    auto [error, got] =
        co_await socket_.async_receive(asio::buffer(out.data(), out.size()), kAwait);
    if (error == asio::error::eof) {
        co_return std::size_t{0};
    }
    if (error) {
        co_return fail(Errc::cancelled, "recv: " + error.message());
    }
    co_return got;
}

Task<Result<void>> Socket::wait_readable() {
    turn_bytes_ = 0;
    co_return co_await wait(socket_, asio::ip::tcp::socket::wait_read);
}

Task<Result<void>> Socket::wait_writable() {
    turn_bytes_ = 0;
    co_return co_await wait(socket_, asio::ip::tcp::socket::wait_write);
}

bool Socket::uses_up_turn(std::size_t bytes) {
    turn_bytes_ += bytes + kOperationCost;
    return turn_bytes_ >= kTurnBytesMax;
}

Task<void> Socket::take_turn() {
    turn_bytes_ = 0;
    return turns_.take();
}

void Socket::cork(bool hold) {
    const int value = hold ? 1 : 0;
    ::setsockopt(fd(), IPPROTO_TCP, TCP_CORK, &value, sizeof(value));
}

void Socket::shutdown_send() {
    boost::system::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void Socket::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

Error peer_error(int errno_value, std::string_view operation) {
    std::string text(operation);
    text += ": ";
    text += std::generic_category().message(errno_value);
    return Error(Errc::cancelled, std::move(text));
}

}  // namespace berth::io
