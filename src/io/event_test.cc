// SPDX-License-Identifier: Apache-2.0
#include "io/event.h"

#include "io/testing/run_task.h"

#include <gtest/gtest.h>

namespace berth::io {
namespace {

Task<int> count_waits(Event& event, int& seen, int until) {
    while (seen < until) {
        co_await event.wait();
        ++seen;
    }
    co_return seen;
}

TEST(Event, AnAnnouncementBeforeTheWaitIsRemembered) {
    Event event;
    event.notify();
    event.notify();
    int seen = 0;
    EXPECT_EQ(run_task(count_waits(event, seen, 1)), 1);
}

TEST(Event, ResumesItsWaiterFromTheLoop) {
    Event event;
    int seen = 0;
    std::optional<int> all;
    boost::asio::co_spawn(test_loop(), keep_value(count_waits(event, seen, 2), all),
                          [](const std::exception_ptr& thrown) { EXPECT_EQ(thrown, nullptr); });
    test_loop().restart();
    test_loop().poll();
    EXPECT_EQ(seen, 0);
    event.notify();
    EXPECT_EQ(seen, 0);
    test_loop().restart();
    test_loop().poll();
    EXPECT_EQ(seen, 1);
    event.notify();
    test_loop().restart();
    test_loop().poll();
    EXPECT_EQ(all, 2);
}

}  // namespace
}  // namespace berth::io
