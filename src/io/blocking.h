// SPDX-License-Identifier: Apache-2.0
//
// Work that may block (fsync, cold reads, password hashes, SQL writes) leaves the I/O thread here:
// `co_await pool.run(job)` hops to a pool thread, runs the job, and resumes the caller on its own
// I/O thread. A hop costs 25-40 us. The queue is bounded: when full the job is refused, not queued.
#pragma once

#include "base/error.h"
#include "io/task.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>

namespace berth::io {

class BlockingPool {
  public:
    BlockingPool(std::size_t threads, std::size_t queue_max);
    /// Joins: every accepted job has run. Must be destroyed before any io_context.
    ~BlockingPool();
    BlockingPool(const BlockingPool&) = delete;
    BlockingPool& operator=(const BlockingPool&) = delete;

    /// Runs `job` (a callable by reference that outlives the await, returning Result<T>) on the
    /// pool. Errc::unavailable when the queue is full. `job` must not throw.
    template <class Job>
    Task<std::invoke_result_t<Job&>> run(Job& job) {
        using Outcome = std::invoke_result_t<Job&>;
        std::optional<Outcome> outcome;
        std::function<void()> step = [&job, &outcome] { outcome.emplace(job()); };
        const bool accepted = co_await run_step(step);
        if (!accepted) {
            co_return fail(Errc::unavailable, "blocking pool queue is full");
        }
        co_return std::move(*outcome);
    }

    struct Statistics {
        std::size_t threads = 0;
        std::size_t busy = 0;
        std::size_t waiting = 0;
        std::uint64_t jobs = 0;     // begun so far
        std::uint64_t refused = 0;  // the queue was full
    };

    /// Any thread.
    Statistics statistics() const;

    /// Queues `step` from any thread without waiting; false when full or stopping. For components
    /// that resume their own waiters.
    bool post(std::function<void()> step);

  private:
    Task<bool> run_step(std::function<void()>& step);

    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace berth::io
