// SPDX-License-Identifier: Apache-2.0
#include "io/resume.h"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>

namespace berth::io {

namespace asio = boost::asio;

Task<void> wait_for_signal(std::function<void(Signal)>& start) {
    auto executor = co_await asio::this_coro::executor;
    auto initiate = [&start, executor](auto handler) {
        // The handler is move-only; Signal must be copyable to fit std::function.
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        start([shared, executor] { asio::post(executor, [shared] { std::move (*shared)(); }); });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate,
                                                                         asio::use_awaitable);
}

Task<void> yield() {
    co_await asio::post(asio::use_awaitable);
}

}  // namespace berth::io
