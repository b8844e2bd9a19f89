// SPDX-License-Identifier: Apache-2.0
#include "io/resume.h"

#include "io/blocking.h"
#include "io/testing/run_task.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>

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

// ThreadSanitizer sees it.
TEST(WaitForSignal, ALoopMayEndWhileTheThreadThatSignalledIsStillInside) {
    constexpr int kRounds = 5000;
    constexpr int kYields = 50;
    BlockingPool pool(1, 1);
    std::function<void(Signal)> start = [&pool](Signal signal) {
        EXPECT_TRUE(pool.post([signal = std::move(signal)] {
            for (int i = 0; i < kYields; ++i) {  // mostly enough for the loop to fall asleep
                std::this_thread::yield();
            }
            signal();
        }));
    };
    for (int i = 0; i < kRounds; ++i) {
        boost::asio::io_context loop;
        boost::asio::co_spawn(loop, wait_for_signal(start), boost::asio::detached);
        EXPECT_GT(loop.run(), 0U);
    }
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
