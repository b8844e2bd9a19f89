// SPDX-License-Identifier: Apache-2.0
#include "io/loop.h"

#include <algorithm>
#include <ctime>

namespace berth::io {

namespace {

constexpr std::chrono::seconds kSweepInterval{1};

/// steady_clock as of the kernel's last tick: some milliseconds late, an eighth of the cost. A
/// request moves its deadline several times.
std::chrono::steady_clock::time_point last_tick() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return std::chrono::steady_clock::time_point(std::chrono::seconds(now.tv_sec) +
                                                 std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace

Watch::Watch(Loop& loop)
    : loop_(loop), deadline_(std::chrono::steady_clock::time_point::max()), next_(loop.first_) {
    if (next_ != nullptr) {
        next_->previous_ = this;
    }
    loop_.first_ = this;
    ++loop_.watched_;
}

Watch::~Watch() {
    if (previous_ != nullptr) {
        previous_->next_ = next_;
    } else {
        loop_.first_ = next_;
    }
    if (next_ != nullptr) {
        next_->previous_ = previous_;
    }
    --loop_.watched_;
}

void Watch::set_deadline(std::chrono::steady_clock::duration from_now) {
    deadline_ = std::min(last_tick() + from_now, latest_);
}

void Watch::set_latest(std::optional<std::chrono::steady_clock::duration> from_now) {
    latest_ = from_now ? last_tick() + *from_now : std::chrono::steady_clock::time_point::max();
}

// Only this thread runs the context and touches what it watches; others merely post to it. So the
// locks around each descriptor, two or three a request, are left out.
Loop::Loop()
    : context_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),
      work_(context_.get_executor()),
      sweep_timer_(context_) {
    arm_sweep();
}

void Loop::run() {
    context_.run();
}

void Loop::drain_all() {
    draining_ = true;
    for (Watch* watch = first_; watch != nullptr; watch = watch->next_) {
        watch->drain();
    }
}

// expire() only closes the socket; the connection ends later, when its operation reports that. So
// no watch leaves the list while it is walked.
void Loop::expire_all() {
    cutting_ = true;
    for (Watch* watch = first_; watch != nullptr; watch = watch->next_) {
        watch->expire();
    }
}

void Loop::arm_sweep() {
    sweep_timer_.expires_after(kSweepInterval);
    sweep_timer_.async_wait([this](boost::system::error_code error) {
        if (!error) {
            sweep();
            arm_sweep();
        }
    });
}

void Loop::sweep() {
    const auto now = std::chrono::steady_clock::now();
    for (Watch* watch = first_; watch != nullptr; watch = watch->next_) {
        if (watch->deadline_ <= now) {
            watch->expire();
        }
    }
}

}  // namespace berth::io
