// SPDX-License-Identifier: Apache-2.0
#include "io/loop.h"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace berth::io {
namespace {

struct Counter final : public Watch {
    explicit Counter(Loop& loop, bool stop_when_expired = false)
        : Watch(loop), owner(loop), stops(stop_when_expired) {}

    void drain() override { ++drained; }

    void expire() override {
        ++expired;
        if (stops) {
            owner.stop();
        }
    }

    Loop& owner;
    bool stops;
    int drained = 0;
    int expired = 0;
};

TEST(Loop, TheSweepExpiresWhatIsOverdueAndNothingElse) {
    Loop loop;
    Counter never(loop);
    Counter overdue(loop, true);
    Counter later(loop);
    overdue.set_deadline(std::chrono::seconds(0));
    later.set_deadline(std::chrono::hours(1));
    loop.run();
    EXPECT_GE(overdue.expired, 1);
    EXPECT_EQ(never.expired, 0);
    EXPECT_EQ(later.expired, 0);
    EXPECT_EQ(overdue.drained, 0);
}

TEST(Loop, NoDeadlineIsLaterThanTheLatest) {
    Loop loop;
    Counter capped(loop, true);
    Counter freed(loop);
    Counter sooner(loop);
    for (Counter* each : {&capped, &freed}) {
        each->set_latest(std::chrono::seconds(0));
    }
    sooner.set_latest(std::chrono::hours(2));
    freed.set_latest(std::nullopt);
    for (Counter* each : {&capped, &freed, &sooner}) {
        each->set_deadline(std::chrono::hours(1));
    }
    loop.run();
    EXPECT_GE(capped.expired, 1);
    EXPECT_EQ(freed.expired, 0);
    EXPECT_EQ(sooner.expired, 0);
}

TEST(Loop, CountsAndReachesEveryWatchWhateverTheOrderOfLeaving) {
    Loop loop;
    std::vector<std::unique_ptr<Counter>> watches;
    for (int i = 0; i < 5; ++i) {
        watches.push_back(std::make_unique<Counter>(loop));
    }
    EXPECT_EQ(loop.watched(), 5U);
    watches.erase(watches.begin() + 2);  // from the middle
    watches.erase(watches.begin());      // the oldest
    watches.pop_back();                  // the newest
    EXPECT_EQ(loop.watched(), 2U);
    EXPECT_FALSE(loop.draining());
    loop.drain_all();
    loop.expire_all();
    EXPECT_TRUE(loop.draining());
    for (const auto& watch : watches) {
        EXPECT_EQ(watch->drained, 1);
        EXPECT_EQ(watch->expired, 1);
    }
    watches.clear();
    EXPECT_EQ(loop.watched(), 0U);
    loop.drain_all();
}

TEST(Loop, StopEndsRunFromWithin) {
    Loop loop;
    bool ran = false;
    boost::asio::post(loop.context(), [&] {
        ran = true;
        loop.stop();
    });
    loop.run();
    EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace berth::io
