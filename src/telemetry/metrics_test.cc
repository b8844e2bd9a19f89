// SPDX-License-Identifier: Apache-2.0
#include "telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace berth::telemetry {
namespace {

using testing::Each;
using testing::ElementsAre;

TEST(Metrics, CountersOfATableAreApart) {
    CounterTable table(20);
    table.add(0);
    table.add(19, 5);
    table.add(19);
    EXPECT_EQ(table.value(0), 1U);
    EXPECT_EQ(table.value(1), 0U);
    EXPECT_EQ(table.value(18), 0U);
    EXPECT_EQ(table.value(19), 6U);
}

TEST(Metrics, NothingIsLostBetweenThreads) {
    constexpr std::uint64_t kThreads = 12;  // more than there are shards
    constexpr std::uint64_t kRounds = 10'000;
    Counter counter;
    Histogram histogram(count_buckets());
    Gauge gauge;
    {
        std::vector<std::jthread> threads;
        threads.reserve(kThreads);
        for (std::uint64_t i = 0; i < kThreads; ++i) {
            threads.emplace_back([&] {
                for (std::uint64_t round = 0; round < kRounds; ++round) {
                    const Presence here(gauge);
                    counter.add(2);
                    histogram.observe(round % 4);
                }
            });
        }
    }
    EXPECT_EQ(counter.value(), kThreads * kRounds * 2);
    EXPECT_EQ(gauge.value(), 0U);
    const HistogramView view = histogram.view();
    EXPECT_EQ(view.count(), kThreads * kRounds);
    EXPECT_EQ(view.sum, kThreads * kRounds * 6 / 4);
    EXPECT_EQ(view.counts[0], kThreads * kRounds / 2);  // 0 and 1
}

TEST(Metrics, AGaugeKnowsWhoIsThere) {
    Gauge gauge;
    EXPECT_EQ(gauge.value(), 0U);
    {
        const Presence one(gauge);
        const Presence other(gauge);
        EXPECT_EQ(gauge.value(), 2U);
    }
    EXPECT_EQ(gauge.value(), 0U);
    gauge.leave();
    EXPECT_EQ(gauge.value(), 0U) << "seen leaving before it was seen entering";
}

TEST(Metrics, ABoundBelongsToItsBucket) {
    HistogramTable table(2, count_buckets());
    for (const std::uint64_t value : {0U, 1U, 2U, 3U, 256U, 257U}) {
        table.observe(1, value);
    }
    EXPECT_THAT(table.view(0).counts, Each(0U));
    EXPECT_THAT(table.view(1).counts, ElementsAre(2, 1, 1, 0, 0, 0, 0, 0, 1, 1));
    EXPECT_EQ(table.view(1).sum, 519U);
}

TEST(Metrics, ADurationIsNeverNegative) {
    Histogram histogram(duration_buckets());
    histogram.observe(std::chrono::nanoseconds(-5));
    histogram.observe(std::chrono::milliseconds(1));
    EXPECT_EQ(histogram.view().counts[0], 1U);
    EXPECT_EQ(histogram.view().counts[3], 1U);
    EXPECT_EQ(histogram.view().sum, 1'000'000U);
}

TEST(Metrics, BoundsAscend) {
    for (const Buckets& buckets : {duration_buckets(), size_buckets(), count_buckets()}) {
        for (std::size_t i = 1; i < buckets.bounds.size(); ++i) {
            EXPECT_LT(buckets.bounds[i - 1], buckets.bounds[i]);
        }
    }
}

}  // namespace
}  // namespace berth::telemetry
