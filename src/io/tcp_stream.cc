// SPDX-License-Identifier: Apache-2.0
#include "io/tcp_stream.h"

#include "base/limits.h"
#include "base/try.h"
#include "io/cold_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace berth::io {

TcpStream::TcpStream(boost::asio::ip::tcp::socket socket, BlockingPool& pool)
    : socket_(std::move(socket)), pool_(pool) {}

Task<Result<std::size_t>> TcpStream::read_some(MutableBytes out) {
    return socket_.receive(out);
}

namespace {

/// Drops `count` sent bytes from the front of the pair.
void advance(std::array<ByteView, 2>& parts, std::size_t count) {
    for (ByteView& part : parts) {
        const std::size_t taken = std::min(count, part.size());
        part = part.subspan(taken);
        count -= taken;
    }
}

ssize_t send_parts(int fd, const std::array<ByteView, 2>& parts) {
    std::array<iovec, 2> vectors{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        vectors[i].iov_base = const_cast<std::byte*>(parts[i].data());
        vectors[i].iov_len = parts[i].size();
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = vectors.size();
    return ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace

Task<Result<void>> TcpStream::write(ByteView first, ByteView second) {
    std::array<ByteView, 2> parts{first, second};
    while (socket_.is_open() && !(parts[0].empty() && parts[1].empty())) {
        const ssize_t sent = send_parts(socket_.fd(), parts);
        if (sent >= 0) {
            advance(parts, static_cast<std::size_t>(sent));
            if (socket_.uses_up_turn(static_cast<std::size_t>(sent))) {
                co_await socket_.take_turn();
            }
            continue;
        }
        if (errno == EINTR) {
            continue;
        }
        if (errno != EAGAIN) {
            co_return fail(peer_error(errno, "send"));
        }
        Result<void> ready = co_await socket_.wait_writable();
        if (!ready) {
            co_return fail(std::move(ready).error());
        }
    }
    if (!socket_.is_open()) {
        co_return fail(Errc::cancelled, "connection closed");
    }
    co_return Result<void>();
}

Task<Result<void>> TcpStream::send_file(const FileHandle& file, std::uint64_t offset,
                                        std::uint64_t length, const Progress& progress) {
    PageCacheProbe probe(file, pool_);
    const std::uint64_t end = offset + length;
    auto position = static_cast<off_t>(offset);
    while (socket_.is_open() && static_cast<std::uint64_t>(position) < end) {
        const std::uint64_t rest = end - static_cast<std::uint64_t>(position);
        const auto window = static_cast<std::size_t>(std::min<std::uint64_t>(rest, kTurnBytesMax));
        if (!probe.is_warm(static_cast<std::uint64_t>(position), window)) {
            co_await probe.warm(static_cast<std::uint64_t>(position), window, end);
            if (!socket_.is_open()) {
                break;
            }
        }
        const ssize_t sent = ::sendfile(socket_.fd(), file.fd(), &position, window);
        if (sent == 0) {
            co_return fail(Errc::corrupt, "file is shorter than its row says");
        }
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            co_return fail(peer_error(errno, "sendfile"));
        }
        if (sent > 0) {
            progress();
            if (socket_.uses_up_turn(static_cast<std::size_t>(sent))) {
                co_await socket_.take_turn();
            }
        }
        // A short turn says that the socket's buffer is full. Trying again at once would send it in
        // crumbs as the peer takes them; the kernel reports it writable when a good part is free.
        if (sent != static_cast<ssize_t>(window) && position != static_cast<off_t>(end)) {
            BERTH_CO_TRY_VOID(co_await socket_.wait_writable());
            co_await socket_.take_turn();
        }
    }
    if (!socket_.is_open()) {
        co_return fail(Errc::cancelled, "connection closed");
    }
    co_return Result<void>();
}

Task<void> TcpStream::shutdown_send() {
    socket_.shutdown_send();
    co_return;
}

}  // namespace berth::io
