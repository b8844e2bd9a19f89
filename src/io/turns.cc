// SPDX-License-Identifier: Apache-2.0
#include "io/turns.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace berth::io {

namespace asio = boost::asio;

const asio::execution_context::id Turns::id;

Turns& Turns::of(const asio::any_io_executor& executor) {
    return asio::use_service<Turns>(asio::query(executor, asio::execution::context));
}

Turns::Turns(asio::execution_context& context) : service(context) {}

Task<void> Turns::take() {
    auto initiate = [this](auto handler) {
        waiting_.emplace_back(std::move(handler));
        if (waiting_.size() == 1) {
            post_next();
        }
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate,
                                                                         asio::use_awaitable);
}

void Turns::post_next() {
    asio::post(static_cast<asio::io_context&>(context()), [this] { run_next(); });
}

// The next one is posted before this one runs: the loop looks for what became ready in between.
void Turns::run_next() {
    std::move_only_function<void()> next = std::move(waiting_.front());
    waiting_.pop_front();
    if (!waiting_.empty()) {
        post_next();
    }
    next();
}

void Turns::shutdown() {
    waiting_.clear();
}

}  // namespace berth::io
