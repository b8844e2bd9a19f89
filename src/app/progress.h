// SPDX-License-Identifier: Apache-2.0
//
// A line on a terminal that says how far a long command is: `hashing  41%  12.3 GiB of 30 GiB
// 512.0 MiB/s  35 s left`. Nothing is printed when standard error is no terminal. Any thread may
// add; the line is rewritten at most ten times a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace berth::app {

class Progress {
  public:
    /// Shows on `target` when that is a terminal.
    explicit Progress(int target = 2);
    /// Clears the line.
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// What comes next, of `total` bytes; 0: unknown.
    void begin(std::string what, std::uint64_t total);
    void add(std::uint64_t bytes);

    /// The line for `done` of `total` after `elapsed`. Pure.
    static std::string line(const std::string& what, std::uint64_t done, std::uint64_t total,
                            std::chrono::milliseconds elapsed);

  private:
    using Clock = std::chrono::steady_clock;

    void show(Clock::time_point at);
    void clear();

    const int target_;
    const bool shown_;
    std::mutex mutex_;
    std::string what_;
    std::uint64_t total_ = 0;
    std::uint64_t done_ = 0;
    Clock::time_point began_;
    Clock::time_point next_;
    bool dirty_ = false;
};

/// `12.3 GiB`: rounded, for people.
std::string rough_size(std::uint64_t bytes);

}  // namespace berth::app
