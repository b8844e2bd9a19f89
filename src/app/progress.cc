// SPDX-License-Identifier: Apache-2.0
#include "app/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace berth::app {
namespace {

constexpr std::chrono::milliseconds kBetweenLines{100};
constexpr std::string_view kClearLine = "\r\x1b[K";

void print(int target, std::string_view text) {
    // A terminal that went away is no reason to stop.
    [[maybe_unused]] const ssize_t written = ::write(target, text.data(), text.size());
}

std::string rough_time(std::uint64_t seconds) {
    if (seconds < 120) {
        return fmt::format("{} s", seconds);
    }
    if (seconds < 7200) {
        return fmt::format("{} min", seconds / 60);
    }
    return fmt::format("{} h", seconds / 3600);
}

}  // namespace

std::string rough_size(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
    if (bytes < 1024) {
        return fmt::format("{} B", bytes);
    }
    auto size = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (size >= 1024 && unit + 1 < kUnits.size()) {
        size /= 1024;
        ++unit;
    }
    return fmt::format("{:.1f} {}", size, kUnits.at(unit));
}

Progress::Progress(int target) : target_(target), shown_(::isatty(target) == 1) {}

Progress::~Progress() {
    clear();
}

void Progress::begin(std::string what, std::uint64_t total) {
    const std::lock_guard lock(mutex_);
    what_ = std::move(what);
    total_ = total;
    done_ = 0;
    began_ = Clock::now();
    show(began_);
}

void Progress::add(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    done_ += bytes;
    const Clock::time_point at = Clock::now();
    if (at >= next_) {
        show(at);
    }
}

std::string Progress::line(const std::string& what, std::uint64_t done, std::uint64_t total,
                           std::chrono::milliseconds elapsed) {
    const auto ticks = static_cast<std::uint64_t>(std::max<std::int64_t>(elapsed.count(), 1));
    const std::uint64_t rate = done * 1000 / ticks;
    if (total == 0) {
        return fmt::format("{}  {}  {}/s", what, rough_size(done), rough_size(rate));
    }
    // What is stored may grow meanwhile.
    const std::uint64_t known = std::min(done, total);
    std::string text = fmt::format("{}  {}%  {} of {}  {}/s", what, known * 100 / total,
                                   rough_size(known), rough_size(total), rough_size(rate));
    if (rate > 0) {
        text += fmt::format("  {} left", rough_time((total - known) / rate));
    }
    return text;
}

void Progress::show(Clock::time_point at) {
    next_ = at + kBetweenLines;
    if (!shown_) {
        return;
    }
    const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(at - began_);
    print(target_, std::string(kClearLine) + line(what_, done_, total_, elapsed));
    dirty_ = true;
}

void Progress::clear() {
    if (dirty_) {
        print(target_, kClearLine);
    }
}

}  // namespace berth::app
