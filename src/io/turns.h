// SPDX-License-Identifier: Apache-2.0
//
// Transfers that move many bytes stand in one queue per loop and take their turns one by one;
// between two turns everything else that is ready runs. So a small request waits for one turn of
// one transfer, not for one turn of each of them. On the loop's thread only.
#pragma once

#include "io/task.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>

#include <deque>
#include <functional>

namespace berth::io {

class Turns final : public boost::asio::execution_context::service {
  public:
    using key_type = Turns;
    // NOLINTNEXTLINE(readability-identifier-naming): Asio asks for this name.
    static const boost::asio::execution_context::id id;

    /// The queue of the loop that `executor` runs on; made by Asio on first use, lives as long as
    /// the loop.
    static Turns& of(const boost::asio::any_io_executor& executor);

    explicit Turns(boost::asio::execution_context& context);

    /// Waits for the caller's turn, which lasts until it waits for anything.
    Task<void> take();

  private:
    void shutdown() override;
    void post_next();
    void run_next();

    std::deque<std::move_only_function<void()>> waiting_;
};

}  // namespace berth::io
