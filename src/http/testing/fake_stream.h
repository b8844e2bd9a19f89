// SPDX-License-Identifier: Apache-2.0
//
// For tests: a Stream in memory. Reads hand out the given pieces one by one; after the last one the
// peer has ended, or keeps its client waiting until close().
#pragma once

#include "io/loop.h"
#include "io/stream.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace berth::http {

class FakeStream final : public io::Stream {
  public:
    enum class AtEnd : std::uint8_t { peer_ends, peer_waits };

    FakeStream(io::Loop& loop, std::vector<std::string> pieces, AtEnd at_end = AtEnd::peer_ends)
        : pieces_(pieces.begin(), pieces.end()),
          at_end_(at_end),
          silence_(loop.context(), std::chrono::steady_clock::time_point::max()) {}

    io::Task<Result<std::size_t>> read_some(MutableBytes out) override {
        if (pieces_.empty() && at_end_ == AtEnd::peer_waits && !closed) {
            if (when_waiting) {
                std::exchange(when_waiting, nullptr)();
            }
            if (!closed) {
                co_await silence_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
            }
        }
        if (closed) {
            co_return fail(Errc::cancelled, "closed");
        }
        if (pieces_.empty()) {
            co_return std::size_t{0};
        }
        std::string& piece = pieces_.front();
        const std::size_t taken = std::min(piece.size(), out.size());
        std::memcpy(out.data(), piece.data(), taken);
        piece.erase(0, taken);
        if (piece.empty()) {
            pieces_.pop_front();
        }
        bytes_read += taken;
        co_return taken;
    }

    io::Task<Result<void>> write(ByteView first, ByteView second) override {
        if (when_writing) {
            when_writing();
        }
        if (closed) {
            co_return fail(Errc::cancelled, "closed");
        }
        output += as_text(first);
        output += as_text(second);
        co_return Result<void>();
    }

    io::Task<Result<void>> send_file(const io::FileHandle& file, std::uint64_t offset,
                                     std::uint64_t length, const io::Progress& progress) override {
        ++files_sent;
        progress();
        std::string content(static_cast<std::size_t>(length), '\0');
        const auto read =
            io::read_exactly(file, std::as_writable_bytes(std::span(content)), offset);
        if (!read) {
            co_return fail(read.error());
        }
        co_return co_await write(as_bytes(content), ByteView());
    }

    void cork(bool hold) override { corks.push_back(hold); }

    io::Task<void> shutdown_send() override {
        sending_ended = true;
        co_return;
    }

    void close() override {
        closed = true;
        silence_.cancel();
    }

    /// Runs once, when a read finds nothing.
    std::function<void()> when_waiting;
    /// Runs in every write, before anything is taken.
    std::function<void()> when_writing;

    std::string output;
    std::size_t bytes_read = 0;
    std::size_t files_sent = 0;
    std::vector<bool> corks;
    bool sending_ended = false;
    bool closed = false;

  private:
    std::deque<std::string> pieces_;
    const AtEnd at_end_;
    boost::asio::steady_timer silence_;
};

}  // namespace berth::http
