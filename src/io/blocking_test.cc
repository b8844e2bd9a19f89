// SPDX-License-Identifier: Apache-2.0
#include "io/blocking.h"

#include "io/testing/run_task.h"

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <thread>

namespace berth::io {
namespace {

struct Places {
    std::thread::id job;
    std::thread::id after;
};

Task<Result<Places>> places_of(BlockingPool& pool) {
    auto job = []() -> Result<std::thread::id> { return std::this_thread::get_id(); };
    const Result<std::thread::id> job_thread = co_await pool.run(job);
    Places places;
    places.job = job_thread.value_or(std::thread::id());
    places.after = std::this_thread::get_id();
    co_return places;
}

TEST(BlockingPool, RunsElsewhereAndResumesAtHome) {
    BlockingPool pool(2, 8);
    const Places places = run_task(places_of(pool)).value();
    EXPECT_NE(places.job, std::thread::id());
    EXPECT_NE(places.job, std::this_thread::get_id());
    EXPECT_EQ(places.after, std::this_thread::get_id());
}

Task<Result<int>> answer_of(BlockingPool& pool, Result<int> outcome) {
    auto job = [&outcome] { return outcome; };
    co_return co_await pool.run(job);
}

TEST(BlockingPool, HandsBackValuesAndErrors) {
    BlockingPool pool(1, 8);
    EXPECT_EQ(run_task(answer_of(pool, 42)).value(), 42);
    const Result<int> failed = run_task(answer_of(pool, fail(Errc::disk_full)));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, Errc::disk_full);
}

TEST(BlockingPool, RefusesWhenTheQueueIsFull) {
    BlockingPool pool(1, 1);
    std::binary_semaphore taken(0);
    std::binary_semaphore go_on(0);
    std::atomic<int> ran = 0;
    ASSERT_TRUE(pool.post([&] {
        taken.release();
        go_on.acquire();
    }));
    taken.acquire();
    ASSERT_TRUE(pool.post([&] { ++ran; }));
    EXPECT_FALSE(pool.post([&] { ran += 100; }));
    const Result<int> refused = run_task(answer_of(pool, 1));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unavailable);
    const BlockingPool::Statistics full = pool.statistics();
    EXPECT_EQ(full.threads, 1U);
    EXPECT_EQ(full.busy, 1U);
    EXPECT_EQ(full.waiting, 1U);
    EXPECT_EQ(full.jobs, 1U);
    EXPECT_EQ(full.refused, 2U);
    go_on.release();
    // There is room again once the queued step has been taken.
    Result<int> accepted = fail(Errc::internal);
    for (int attempt = 0; attempt < 1'000'000 && !accepted; ++attempt) {
        accepted = run_task(answer_of(pool, 2));
    }
    EXPECT_EQ(accepted.value_or(0), 2);
    EXPECT_EQ(ran, 1);
}

TEST(BlockingPool, EveryAcceptedStepRunsBeforeTheEnd) {
    std::atomic<int> ran = 0;
    {
        BlockingPool pool(3, 200);
        for (int i = 0; i < 100; ++i) {
            ASSERT_TRUE(pool.post([&ran] { ++ran; }));
        }
    }
    EXPECT_EQ(ran, 100);
}

Task<int> sum_of(BlockingPool& pool, int count) {
    int sum = 0;
    for (int i = 0; i < count; ++i) {
        sum += (co_await answer_of(pool, 1)).value_or(0);
    }
    co_return sum;
}

TEST(BlockingPool, ManyHopsInARow) {
    BlockingPool pool(2, 8);
    EXPECT_EQ(run_task(sum_of(pool, 1000)), 1000);
}

}  // namespace
}  // namespace berth::io
