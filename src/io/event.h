// SPDX-License-Identifier: Apache-2.0
//
// What one coroutine waits for and another one of the same thread announces. An announcement that
// nobody waits for is remembered, several of them as one: who waits looks again at what it waits
// for. Nothing is allocated for a wait, so that one per request is cheap.
#pragma once

#include "io/task.h"

#include <boost/asio/use_awaitable.hpp>

#include <optional>

namespace berth::io {

class Event {
  public:
    Event() = default;
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    /// Returns after notify(); at once when that came since the last wait(). One waiter at a time.
    Task<void> wait();
    /// Never runs the waiter itself: it resumes from its loop.
    void notify();

  private:
    using Waiter = boost::asio::async_result<boost::asio::use_awaitable_t<>, void()>::handler_type;

    std::optional<Waiter> waiter_;
    bool notified_ = false;
};

}  // namespace berth::io
