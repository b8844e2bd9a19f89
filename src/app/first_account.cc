// SPDX-License-Identifier: Apache-2.0
#include "app/first_account.h"

#include <utility>

namespace berth::app {

namespace {

bool may_sign_in(const http::RequestHead& request) {
    const bool reads = request.method == http::Method::get || request.method == http::Method::head;
    return !reads || request.header("Authorization").has_value();
}

}  // namespace

// No coroutine: once settled it costs a request nothing.
io::Task<http::Response> FirstAccount::handle(http::Exchange& exchange) {
    if (settled_.load(std::memory_order_acquire) || !may_sign_in(exchange.request)) {
        return registry_.handle(exchange);
    }
    return handle_later(exchange);
}

io::Task<http::Response> FirstAccount::handle_later(http::Exchange& exchange) {
    std::function<void(io::Signal)> start = [this](io::Signal signal) {
        {
            const std::lock_guard lock(mutex_);
            if (!settled_.load(std::memory_order_relaxed)) {
                waiting_.push_back(std::move(signal));
                return;
            }
        }
        signal();
    };
    co_await io::wait_for_signal(start);
    co_return co_await registry_.handle(exchange);
}

void FirstAccount::settle() {
    std::vector<io::Signal> waiting;
    {
        const std::lock_guard lock(mutex_);
        settled_.store(true, std::memory_order_release);
        waiting.swap(waiting_);
    }
    for (const io::Signal& signal : waiting) {
        signal();
    }
}

}  // namespace berth::app
