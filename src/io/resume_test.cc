// SPDX-License-Identifier: Apache-2.0
#include "io/resume.h"

#include "io/testing/run_task.h"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace berth::io {
namespace {

Task<std::thread::id> resumed_on(std::function<void(Signal)>& start) {
    co_await wait_for_signal(start);
    co_return std::this_thread::get_id();
}

TEST(WaitForSignal, ASignalAtOnceIsEnough) {
    std::function<void(Signal)> start = [](const Signal& signal) { signal(); };
    EXPECT_EQ(run_task(resumed_on(start)), std::this_thread::get_id());
}

TEST(WaitForSignal, AnotherThreadsSignalResumesAtHome) {
    std::jthread other;
    std::function<void(Signal)> start = [&other](Signal signal) {
        other = std::jthread([signal = std::move(signal)] { signal(); });
    };
    EXPECT_EQ(run_task(resumed_on(start)), std::this_thread::get_id());
}

Task<std::string> order_around_yield() {
    std::string order;
    boost::asio::post(test_loop(), [&order] { order += "neighbour,"; });
    order += "before,";
    co_await yield();
    order += "after";
    co_return order;
}

TEST(Yield, NeighboursRunMeanwhile) {
    EXPECT_EQ(run_task(order_around_yield()), "before,neighbour,after");
}

}  // namespace
}  // namespace berth::io
