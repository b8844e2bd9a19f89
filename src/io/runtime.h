// SPDX-License-Identifier: Apache-2.0
//
// The I/O threads: one Loop each. Order of life: make the runtime, the pool, whatever posts to
// loops; start; drain; stop. Pool and writer threads must be joined before the runtime is
// destroyed: the work of a connection that did not end in time may still want to wake its loop.
#pragma once

#include "io/loop.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace berth::io {

class Runtime {
  public:
    /// A closed connection ends as soon as its blocking work (an fsync, a commit) returns.
    static constexpr std::chrono::seconds kCutGrace{10};
    /// A client cannot know yet that a connection it uses is about to be closed, and what it sends
    /// now would be lost: so idle ones are told first, answer what still comes as their last, and
    /// are closed when so much time has passed without anything.
    static constexpr std::chrono::milliseconds kLastRequest{300};

    explicit Runtime(std::size_t threads);
    ~Runtime();
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;

    std::size_t size() const { return loops_.size(); }

    Loop& loop(std::size_t index) { return *loops_[index]; }

    void start();
    /// Runs `step` on every loop's thread and waits for all of them. Not from a loop's thread.
    void on_every_loop(const std::function<void(Loop&)>& step);
    /// Connections on all loops.
    std::size_t watched();
    enum class Drained : std::uint8_t {
        all,    // every connection ended by itself
        cut,    // some were closed after the grace period
        stuck,  // some did not even end then (blocking work that does not return)
    };
    /// Asked often while there is something to wait for.
    using Hurry = std::function<bool()>;
    /// Ends idle connections, waits for busy ones up to `grace` or until `hurry`, where there is
    /// one, says so, then closes what is left. Call once, after listeners have closed, not from a
    /// loop's thread. After `stuck` coroutines are still alive: what they refer to must not be
    /// destroyed.
    Drained drain(std::chrono::steady_clock::duration grace, const Hurry& hurry = {},
                  std::chrono::steady_clock::duration cut_grace = kCutGrace);
    /// Stops and joins the threads.
    void stop();

  private:
    bool wait_until_idle(std::chrono::steady_clock::time_point limit, const Hurry& hurry);

    std::vector<std::unique_ptr<Loop>> loops_;
    std::vector<std::jthread> threads_;
};

}  // namespace berth::io
