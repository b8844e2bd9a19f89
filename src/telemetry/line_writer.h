// SPDX-License-Identifier: Apache-2.0
//
// Lines from any thread to a file descriptor, or to a function that keeps them, through one writer
// thread and a bounded queue. The
// queue is one string that the writer takes as a whole: a busy server makes one system call per
// batch, and a reader that stopped reading costs lines, never a thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace berth::telemetry {

class LineWriter {
  public:
    /// Appends a line that tells of `count` lines lost since the last such line.
    using LossNotice = std::function<void(std::string& out, std::uint64_t count)>;

    /// Takes whole lines, on the writer's thread, and answers how many of them it could not keep.
    using Sink = std::function<std::uint64_t(std::string_view lines)>;

    LineWriter(int target, std::size_t queue_bytes_max, LossNotice notice);
    LineWriter(Sink sink, std::size_t queue_bytes_max, LossNotice notice);
    /// Writes what is queued, giving up after a second when `target` takes nothing.
    ~LineWriter();
    LineWriter(const LineWriter&) = delete;
    LineWriter& operator=(const LineWriter&) = delete;

    /// `line` ends in a newline. Dropped and counted when it does not fit the queue.
    void push(std::string_view line);
    std::uint64_t dropped() const;

  private:
    void run();
    /// Waits for lines; false when there will be none.
    bool take_batch(std::string& batch);
    void write_batch(std::string_view batch);
    void count_lost(std::uint64_t lines);
    bool wait_until_writable();
    bool must_give_up();

    // Immutable after construction.
    const int target_;
    const bool is_file_;
    const Sink sink_;  // when there is one, target_ is not used
    const std::size_t queue_bytes_max_;
    const LossNotice notice_;

    // Guarded by mutex_.
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::string queue_;
    std::uint64_t dropped_ = 0;
    std::uint64_t dropped_told_ = 0;
    bool stopping_ = false;
    std::chrono::steady_clock::time_point give_up_at_;

    std::thread thread_;
};

}  // namespace berth::telemetry
