// SPDX-License-Identifier: Apache-2.0
#include "app/process_statistics.h"

#include "io/file.h"

#include <gtest/gtest.h>

#include <ctime>
#include <fcntl.h>
#include <thread>

namespace berth::app {
namespace {

TEST(ProcessStatistics, KnowThisProcess) {
    const ProcessStatistics before = process_statistics();
    EXPECT_GT(before.resident_bytes, 1'000'000U);
    EXPECT_GT(before.virtual_bytes, before.resident_bytes);
    EXPECT_GE(before.open_descriptors, 3U);
    EXPECT_GE(before.descriptors_max, before.open_descriptors);
    EXPECT_GE(before.threads, 1U);
    const auto now = static_cast<double>(std::time(nullptr));
    EXPECT_LE(before.start_seconds, now + 2);
    EXPECT_GT(before.start_seconds, now - 24 * 3600.0);
    const io::FileHandle file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(process_statistics().open_descriptors, before.open_descriptors + 1);
    EXPECT_GE(process_statistics().cpu_seconds, before.cpu_seconds);
}

}  // namespace
}  // namespace berth::app
