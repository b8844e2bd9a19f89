// SPDX-License-Identifier: Apache-2.0
#include "io/runtime.h"

#include "io/task.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <thread>

namespace berth::io {
namespace {

using std::chrono::milliseconds;

/// When a guest leaves: when asked, when pushed, or when its test says so.
enum class Manners : std::uint8_t {
    leaves_when_drained,
    leaves_when_asked_twice,
    leaves_when_expired,
    stays
};

class Guest final : public Watch {
  public:
    Guest(Loop& loop, Manners manners)
        : Watch(loop),
          manners_(manners),
          timer_(loop.context(), std::chrono::steady_clock::time_point::max()) {}

    Task<void> stay() {
        co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }

    void drain() override {
        ++asked_;
        if (manners_ == Manners::leaves_when_drained ||
            (manners_ == Manners::leaves_when_asked_twice && asked_ == 2)) {
            timer_.cancel();
        }
    }

    void expire() override {
        if (manners_ == Manners::leaves_when_expired) {
            timer_.cancel();
        }
    }

  private:
    const Manners manners_;
    int asked_ = 0;
    boost::asio::steady_timer timer_;
};

Task<void> visit(Loop& loop, Manners manners) {
    Guest guest(loop, manners);
    co_await guest.stay();
}

void invite(Runtime& runtime, Manners manners) {
    runtime.on_every_loop([manners](Loop& loop) {
        boost::asio::co_spawn(loop.context(), visit(loop, manners), [](std::exception_ptr) {});
    });
}

TEST(Runtime, EveryLoopHasItsOwnThread) {
    Runtime runtime(3);
    EXPECT_EQ(runtime.size(), 3U);
    runtime.start();
    std::mutex mutex;
    std::set<std::thread::id> threads;
    runtime.on_every_loop([&](Loop&) {
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
    });
    EXPECT_EQ(threads.size(), 3U);
    EXPECT_FALSE(threads.contains(std::this_thread::get_id()));
    runtime.stop();
    runtime.stop();
}

TEST(Runtime, AnIdleRuntimeIsDrainedAtOnce) {
    Runtime runtime(2);
    runtime.start();
    EXPECT_EQ(runtime.drain(std::chrono::hours(1)), Runtime::Drained::all);
}

TEST(Runtime, WaitsForWhatEndsByItself) {
    Runtime runtime(2);
    runtime.start();
    invite(runtime, Manners::leaves_when_drained);
    EXPECT_EQ(runtime.watched(), 2U);
    EXPECT_EQ(runtime.drain(std::chrono::hours(1)), Runtime::Drained::all);
    EXPECT_EQ(runtime.watched(), 0U);
    runtime.on_every_loop([](Loop& loop) { EXPECT_TRUE(loop.draining()); });
}

TEST(Runtime, CutsWhatOutlivesTheGrace) {
    Runtime runtime(2);
    runtime.start();
    invite(runtime, Manners::leaves_when_expired);
    EXPECT_EQ(runtime.drain(milliseconds(1)), Runtime::Drained::cut);
    EXPECT_EQ(runtime.watched(), 0U);
}

TEST(Runtime, IsHurried) {
    Runtime runtime(2);
    runtime.start();
    invite(runtime, Manners::leaves_when_expired);
    int asked = 0;
    const Runtime::Hurry hurry = [&asked] { return ++asked == 3; };
    EXPECT_EQ(runtime.drain(std::chrono::hours(1), hurry), Runtime::Drained::cut);
    EXPECT_EQ(asked, 3) << "asked again after it had said so";
}

TEST(Runtime, AsksTwiceBeforeItCuts) {
    Runtime runtime(1);
    runtime.start();
    invite(runtime, Manners::leaves_when_asked_twice);
    EXPECT_EQ(runtime.drain(std::chrono::hours(1)), Runtime::Drained::all);
}

TEST(Runtime, SaysWhatDoesNotEndAtAll) {
    Runtime runtime(1);
    runtime.start();
    invite(runtime, Manners::stays);
    EXPECT_EQ(runtime.drain(milliseconds(1), {}, milliseconds(1)), Runtime::Drained::stuck);
    EXPECT_EQ(runtime.watched(), 1U);
}

}  // namespace
}  // namespace berth::io
