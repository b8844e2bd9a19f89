// SPDX-License-Identifier: Apache-2.0
#include "telemetry/exposition.h"

#include "telemetry/testing_exposition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace berth::telemetry {
namespace {

using testing::HasSubstr;

TEST(Exposition, FamiliesHaveHelpTypeAndSamples) {
    std::string out;
    Exposition page(out);
    page.counter("berth_things_total", "Things, counted.");
    page.sample({{"kind", "one"}}, std::uint64_t{18446744073709551615U});
    page.sample({{"kind", "two"}, {"place", "here"}}, std::uint64_t{0});
    page.gauge("berth_level", "How high it is.", 0.25);
    EXPECT_EQ(out,
              "# HELP berth_things_total Things, counted.\n"
              "# TYPE berth_things_total counter\n"
              "berth_things_total{kind=\"one\"} 18446744073709551615\n"
              "berth_things_total{kind=\"two\",place=\"here\"} 0\n"
              "# HELP berth_level How high it is.\n"
              "# TYPE berth_level gauge\n"
              "berth_level 0.25\n");
}

TEST(Exposition, AHistogramIsCumulative) {
    Histogram histogram(duration_buckets());
    histogram.observe(std::chrono::microseconds(50));
    histogram.observe(std::chrono::microseconds(200));
    histogram.observe(std::chrono::seconds(1000));
    std::string out;
    Exposition page(out);
    page.histogram("berth_wait_seconds", "Waits.");
    page.sample({{"operation", "x"}}, histogram.view());
    const ExpositionReader read(out);
    EXPECT_EQ(read.value("berth_wait_seconds_bucket{operation=\"x\",le=\"0.0001\"}"), 1);
    EXPECT_EQ(read.value("berth_wait_seconds_bucket{operation=\"x\",le=\"0.00025\"}"), 2);
    EXPECT_EQ(read.value("berth_wait_seconds_bucket{operation=\"x\",le=\"300\"}"), 2);
    EXPECT_EQ(read.value("berth_wait_seconds_bucket{operation=\"x\",le=\"+Inf\"}"), 3);
    EXPECT_EQ(read.value("berth_wait_seconds_count{operation=\"x\"}"), 3);
    EXPECT_DOUBLE_EQ(read.value("berth_wait_seconds_sum{operation=\"x\"}").value_or(0), 1000.00025);
}

TEST(Exposition, HostileTextsStayInTheirQuotes) {
    std::string out;
    Exposition page(out);
    page.gauge("berth_x", "a \\ and\na \"quote\"");
    page.sample({{"text", "\"} 1\nberth_y{z=\"\\"}}, std::uint64_t{1});
    EXPECT_THAT(out, HasSubstr("# HELP berth_x a \\\\ and\\na \"quote\"\n"));
    EXPECT_THAT(out, HasSubstr(R"(berth_x{text="\"} 1\nberth_y{z=\"\\"} 1)"));
    EXPECT_EQ(ExpositionReader(out).families().size(), 1U);
}

TEST(Exposition, NumbersThatAreNone) {
    std::string out;
    Exposition page(out);
    page.gauge("berth_x", "x");
    page.sample({{"n", "1"}}, std::numeric_limits<double>::infinity());
    page.sample({{"n", "2"}}, -std::numeric_limits<double>::infinity());
    page.sample({{"n", "3"}}, std::numeric_limits<double>::quiet_NaN());
    EXPECT_THAT(out, HasSubstr("{n=\"1\"} +Inf\n"));
    EXPECT_THAT(out, HasSubstr("{n=\"2\"} -Inf\n"));
    EXPECT_THAT(out, HasSubstr("{n=\"3\"} NaN\n"));
}

TEST(Exposition, TheReaderOfTestsRefuses) {
    for (const char* bad : {"berth_x 1\n", "# HELP berth_x x\n# TYPE berth_x gauge\nberth_x 1",
                            "# HELP berth_x x\n# TYPE berth_x gauge\nberth_x one\n",
                            "# HELP berth_x x\n# TYPE berth_x gauge\nberth_x 1\nberth_x 2\n",
                            "# HELP berth_x x\n# TYPE berth_x gauge\nberth_x{a=\"\\x\"} 1\n",
                            "# HELP berth_x x\n# TYPE berth_x histogram\nberth_x 1\n",
                            "# HELP berth_x x\n# TYPE berth_x gauge\nberth_y 1\n"}) {
        EXPECT_THROW(ExpositionReader{bad}, std::runtime_error) << bad;
    }
}

}  // namespace
}  // namespace berth::telemetry
