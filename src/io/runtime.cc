// SPDX-License-Identifier: Apache-2.0
#include "io/runtime.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <latch>
#include <semaphore>

namespace berth::io {

namespace {
/// How often a drain looks whether the last connection has ended.
constexpr std::chrono::milliseconds kDrainPoll{20};
}  // namespace

Runtime::Runtime(std::size_t threads) {
    for (std::size_t i = 0; i < threads; ++i) {
        loops_.push_back(std::make_unique<Loop>());
    }
}

Runtime::~Runtime() {
    stop();
}

void Runtime::start() {
    for (const auto& loop : loops_) {
        threads_.emplace_back([raw = loop.get()] { raw->run(); });
    }
}

void Runtime::on_every_loop(const std::function<void(Loop&)>& step) {
    std::latch done(static_cast<std::ptrdiff_t>(loops_.size()));
    for (const auto& loop : loops_) {
        boost::asio::post(loop->context(), [&step, &done, raw = loop.get()] {
            step(*raw);
            done.count_down();
        });
    }
    done.wait();
}

std::size_t Runtime::watched() {
    std::atomic<std::size_t> total = 0;
    on_every_loop([&total](Loop& loop) { total += loop.watched(); });
    return total;
}

bool Runtime::wait_until_idle(std::chrono::steady_clock::time_point limit, const Hurry& hurry) {
    std::binary_semaphore never(0);
    while (watched() > 0) {
        if (std::chrono::steady_clock::now() >= limit || (hurry && hurry())) {
            return false;
        }
        (void)never.try_acquire_for(kDrainPoll);
    }
    return true;
}

Runtime::Drained Runtime::drain(std::chrono::steady_clock::duration grace, const Hurry& hurry,
                                std::chrono::steady_clock::duration cut_grace) {
    const auto limit = std::chrono::steady_clock::now() + grace;
    const auto first_limit = std::chrono::steady_clock::now() + kLastRequest;
    bool hurried = false;
    const Hurry note_hurry = [&hurried, &hurry] {
        hurried = hurried || (hurry && hurry());
        return hurried;
    };
    on_every_loop([](Loop& loop) { loop.drain_all(); });
    if (wait_until_idle(std::min(first_limit, limit), note_hurry)) {
        return Drained::all;
    }
    on_every_loop([](Loop& loop) { loop.drain_all(); });
    if (wait_until_idle(limit, note_hurry)) {
        return Drained::all;
    }
    on_every_loop([](Loop& loop) { loop.expire_all(); });
    const auto cut_limit = std::chrono::steady_clock::now() + cut_grace;
    return wait_until_idle(cut_limit, {}) ? Drained::cut : Drained::stuck;
}

void Runtime::stop() {
    for (const auto& loop : loops_) {
        loop->stop();
    }
    threads_.clear();
}

}  // namespace berth::io
