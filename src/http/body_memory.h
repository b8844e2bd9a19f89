// SPDX-License-Identifier: Apache-2.0
//
// How much memory the bodies of requests that are held whole may take, all together
// (limits.body_memory_bytes_max). A body takes what it has received, not what it announces: a
// client that sends nothing holds nothing. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace berth::http {

class BodyMemory {
  public:
    explicit BodyMemory(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

    /// What one body holds; given back when destroyed. The memory must outlive it.
    class Share {
      public:
        explicit Share(BodyMemory& memory) : memory_(&memory) {}

        Share(Share&& other) noexcept
            : memory_(other.memory_), bytes_(std::exchange(other.bytes_, 0)) {}

        Share& operator=(Share&&) = delete;

        ~Share() { memory_->give_back(bytes_); }

        /// False, and nothing taken: there is not as much left.
        bool take(std::uint64_t bytes);

      private:
        BodyMemory* memory_;
        std::uint64_t bytes_ = 0;
    };

    std::uint64_t in_use() const { return in_use_.load(std::memory_order_relaxed); }

  private:
    bool take(std::uint64_t bytes);

    void give_back(std::uint64_t bytes) { in_use_.fetch_sub(bytes, std::memory_order_relaxed); }

    const std::uint64_t bytes_max_;
    std::atomic<std::uint64_t> in_use_ = 0;
};

}  // namespace berth::http
