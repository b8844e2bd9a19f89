// SPDX-License-Identifier: Apache-2.0
//
// A pipe whose read end plays the collector of the log. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <unistd.h>
#include <utility>

namespace berth::telemetry {

class Pipe {
  public:
    Pipe() { EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0); }

    ~Pipe() {
        close_writer();
        ::close(ends_[0]);
    }

    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    int writer() const { return ends_[1]; }

    void close_writer() {
        if (ends_[1] >= 0) {
            ::close(std::exchange(ends_[1], -1));
        }
    }

    /// Reads until `lines` lines are there, the writer is closed or ten seconds have passed.
    std::string read_lines(std::ptrdiff_t lines) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (std::count(read_.begin(), read_.end(), '\n') < lines &&
               std::chrono::steady_clock::now() < deadline) {
            pollfd waiting{.fd = ends_[0], .events = POLLIN, .revents = 0};
            if (::poll(&waiting, 1, 100) <= 0) {
                continue;
            }
            std::array<char, 65536> buffer{};
            const ssize_t count = ::read(ends_[0], buffer.data(), buffer.size());
            if (count <= 0) {
                break;
            }
            read_.append(buffer.data(), static_cast<std::size_t>(count));
        }
        return read_;
    }

    std::string read_all() {
        close_writer();
        return read_lines(PTRDIFF_MAX);
    }

  private:
    std::array<int, 2> ends_{-1, -1};
    std::string read_;
};

}  // namespace berth::telemetry
