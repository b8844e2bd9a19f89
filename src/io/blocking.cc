// SPDX-License-Identifier: Apache-2.0
#include "io/blocking.h"

#include "base/assert.h"
#include "io/resume.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace berth::io {

struct BlockingPool::State {
    explicit State(std::size_t limit) : queue_max(limit) {}

    void work() {
        std::unique_lock lock(mutex);
        while (true) {
            wake.wait(lock, [this] { return stopping || !queue.empty(); });
            if (queue.empty()) {
                return;  // stopping, and every accepted job has run
            }
            std::function<void()> step = std::move(queue.front());
            queue.pop_front();
            ++busy;
            ++jobs;
            lock.unlock();
            step();
            step = nullptr;
            lock.lock();
            --busy;
        }
    }

    const std::size_t queue_max;
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<std::function<void()>> queue;  // guarded by mutex
    bool stopping = false;                    // guarded by mutex, as the next three
    std::size_t busy = 0;
    std::uint64_t jobs = 0;
    std::uint64_t refused = 0;
    std::vector<std::jthread> threads;
};

BlockingPool::BlockingPool(std::size_t threads, std::size_t queue_max)
    : state_(std::make_unique<State>(queue_max)) {
    BERTH_CHECK(threads > 0);
    for (std::size_t i = 0; i < threads; ++i) {
        state_->threads.emplace_back([state = state_.get()] { state->work(); });
    }
}

BlockingPool::~BlockingPool() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
    }
    state_->wake.notify_all();
    state_->threads.clear();
}

bool BlockingPool::post(std::function<void()> step) {
    {
        const std::lock_guard lock(state_->mutex);
        if (state_->stopping || state_->queue.size() >= state_->queue_max) {
            ++state_->refused;
            return false;
        }
        state_->queue.push_back(std::move(step));
    }
    state_->wake.notify_one();
    return true;
}

BlockingPool::Statistics BlockingPool::statistics() const {
    const std::lock_guard lock(state_->mutex);
    Statistics statistics;
    statistics.threads = state_->threads.size();
    statistics.busy = state_->busy;
    statistics.waiting = state_->queue.size();
    statistics.jobs = state_->jobs;
    statistics.refused = state_->refused;
    return statistics;
}

Task<bool> BlockingPool::run_step(std::function<void()>& step) {
    bool accepted = true;
    std::function<void(Signal)> start = [this, &step, &accepted](const Signal& signal) {
        auto job = [&step, signal] {
            step();
            signal();
        };
        if (!post(std::move(job))) {
            accepted = false;
            signal();
        }
    };
    co_await wait_for_signal(start);
    co_return accepted;
}

}  // namespace berth::io
