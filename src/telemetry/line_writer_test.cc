// SPDX-License-Identifier: Apache-2.0
#include "telemetry/line_writer.h"

#include "telemetry/testing_pipe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace berth::telemetry {
namespace {

void count_loss(std::string& out, std::uint64_t count) {
    out += "lost " + std::to_string(count) + "\n";
}

TEST(LineWriter, WritesLinesOfManyThreads) {
    Pipe pipe;
    constexpr int kThreads = 4;
    constexpr int kLines = 500;
    LineWriter writer(pipe.writer(), 1024 * 1024, count_loss);
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < kThreads; ++t) {
            threads.emplace_back([&writer, t] {
                for (int i = 0; i < kLines; ++i) {
                    writer.push(std::to_string(t) + ":" + std::to_string(i) + "\n");
                }
            });
        }
    }
    const std::string lines = pipe.read_lines(kThreads * kLines);
    EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), kThreads * kLines);
    EXPECT_EQ(writer.dropped(), 0U);
}

TEST(LineWriter, DropsInsteadOfBlockingAndTellsLater) {
    Pipe pipe;  // nobody reads: 64 KiB fit the pipe, 8 KiB the queue
    const std::string line = std::string(99, 'x') + "\n";
    constexpr int kLines = 10'000;
    LineWriter writer(pipe.writer(), 8192, count_loss);
    for (int i = 0; i < kLines; ++i) {
        writer.push(line);
    }
    const std::uint64_t dropped = writer.dropped();
    EXPECT_GT(dropped, 0U);
    // Reading makes room: every line that was not dropped arrives, and the loss is told.
    const auto kept = kLines - static_cast<std::ptrdiff_t>(dropped);
    pipe.read_lines(kept);
    writer.push("last\n");
    const std::string lines = pipe.read_lines(kept + 2);
    EXPECT_NE(lines.find("lost "), std::string::npos);
    EXPECT_NE(lines.find("last\n"), std::string::npos);
    EXPECT_EQ(writer.dropped(), dropped);
}

TEST(LineWriter, StopsThoughNobodyReads) {
    Pipe pipe;
    const auto begin = std::chrono::steady_clock::now();
    {
        LineWriter writer(pipe.writer(), 1024 * 1024, count_loss);
        for (int i = 0; i < 5000; ++i) {
            writer.push(std::string(99, 'x') + "\n");
        }
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(8));
}

}  // namespace
}  // namespace berth::telemetry
