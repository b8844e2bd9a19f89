// SPDX-License-Identifier: Apache-2.0
#include "io/turns.h"

#include "io/resume.h"
#include "io/testing/run_task.h"

#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

namespace berth::io {
namespace {

using boost::asio::co_spawn;
using boost::asio::detached;
using boost::asio::io_context;

Task<void> transfer(io_context& loop, char name, std::size_t turns, std::string& log) {
    Turns& queue = Turns::of(loop.get_executor());
    for (std::size_t i = 0; i < turns; ++i) {
        co_await queue.take();
        log += name;
    }
}

/// Always ready, as a connection whose next small request is there.
Task<void> small_requests(std::size_t count, std::string& log) {
    for (std::size_t i = 0; i < count; ++i) {
        co_await yield();
        log += '.';
    }
}

TEST(Turns, AreTakenInOrder) {
    io_context loop;
    std::string log;
    for (const char name : std::string_view("abc")) {
        co_spawn(loop, transfer(loop, name, 3, log), detached);
    }
    loop.run();
    EXPECT_EQ(log, "abcabcabc");
}

TEST(Turns, BetweenTwoOfThemOthersRun) {
    io_context loop;
    std::string log;
    for (const char name : std::string_view("abcdefgh")) {
        co_spawn(loop, transfer(loop, name, 4, log), detached);
    }
    co_spawn(loop, small_requests(100, log), detached);
    loop.run();
    // However many transfers there are: never two turns in a row while somebody else is ready.
    for (std::size_t i = 0; i + 1 < log.size(); ++i) {
        EXPECT_TRUE(log[i] == '.' || log[i + 1] == '.') << log;
    }
}

TEST(Turns, OneTransferAloneGoesOn) {
    io_context loop;
    std::string log;
    co_spawn(loop, transfer(loop, 'a', 5, log), detached);
    loop.run();
    EXPECT_EQ(log, "aaaaa");
}

Task<void> hold_while_waiting(io_context& loop, std::shared_ptr<int> held) {
    co_await Turns::of(loop.get_executor()).take();
    *held = 1;
}

TEST(Turns, WhoStillWaitsGoesWithTheLoop) {
    const auto held = std::make_shared<int>(0);
    {
        io_context loop;
        co_spawn(loop, hold_while_waiting(loop, held), detached);
        co_spawn(loop, hold_while_waiting(loop, held), detached);
        loop.poll_one();
        loop.poll_one();
    }
    EXPECT_EQ(*held, 0);
    EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace berth::io
