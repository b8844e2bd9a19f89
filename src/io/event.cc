// SPDX-License-Identifier: Apache-2.0
#include "io/event.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace berth::io {

namespace asio = boost::asio;

Task<void> Event::wait() {
    if (!notified_) {
        auto keep = [this](Waiter waiter) { waiter_.emplace(std::move(waiter)); };
        co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(keep,
                                                                             asio::use_awaitable);
    }
    notified_ = false;
}

void Event::notify() {
    notified_ = true;
    if (waiter_) {
        Waiter waiter = *std::move(waiter_);
        waiter_.reset();
        asio::post(std::move(waiter));
    }
}

}  // namespace berth::io
