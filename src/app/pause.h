// SPDX-License-Identifier: Apache-2.0
//
// A wait that a drain ends early, for periodic work: it would otherwise hold up the end of the
// server. On its loop's thread.
#pragma once

#include "io/loop.h"
#include "io/task.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace berth::app {

class Pause final : public io::Watch {
  public:
    explicit Pause(io::Loop& loop) : Watch(loop), timer_(loop.context()) {}

    /// Look at Loop::draining() before and after.
    io::Task<void> wait(std::chrono::milliseconds duration) {
        timer_.expires_after(duration);
        co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }

    void drain() override { timer_.cancel(); }

    void expire() override { timer_.cancel(); }

  private:
    boost::asio::steady_timer timer_;
};

}  // namespace berth::app
