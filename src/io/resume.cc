// SPDX-License-Identifier: Apache-2.0
#include "io/resume.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <utility>

namespace berth::io {

namespace asio = boost::asio;

namespace {

/// Counts the threads that are inside a wake-up of a loop; the loop's end waits for them. Without
/// it, what they posted may have run and the loop be gone while they still touch its lock: Asio
/// signals after it unlocked.
class WakeUps final : public asio::execution_context::service {
  public:
    using key_type = WakeUps;
    // NOLINTNEXTLINE(readability-identifier-naming): Asio asks for this name.
    static const asio::execution_context::id id;

    explicit WakeUps(asio::execution_context& context) : service(context) {}

    /// Any thread.
    template <class Handler>
    void post(const asio::any_io_executor& executor, Handler handler) {
        inside_.fetch_add(1, std::memory_order_relaxed);
        asio::post(executor, std::move(handler));
        // The last access: nothing keeps this object, or the loop, from here on.
        inside_.fetch_sub(1, std::memory_order_release);
    }

  private:
    void shutdown() override {
        while (inside_.load(std::memory_order_acquire) > 0) {
            std::this_thread::yield();
        }
    }

    std::atomic<std::size_t> inside_{0};
};

const asio::execution_context::id WakeUps::id;

}  // namespace

Task<void> wait_for_signal(std::function<void(Signal)>& start) {
    auto executor = co_await asio::this_coro::executor;
    auto& wake_ups = asio::use_service<WakeUps>(asio::query(executor, asio::execution::context));
    auto initiate = [&start, &wake_ups, executor](auto handler) {
        // The handler is move-only; Signal must be copyable to fit std::function.
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        start([shared, executor, &wake_ups] {
            wake_ups.post(executor, [shared] { std::move (*shared)(); });
        });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate,
                                                                         asio::use_awaitable);
}

Task<void> yield() {
    co_await asio::post(asio::use_awaitable);
}

}  // namespace berth::io
