// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <chrono>
#include <iterator>

namespace berth {
namespace {

using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, kTicksPerSecond>>;

// `.7310264` without trailing zeros; nothing for zero.
void append_fraction(std::string& out, std::int64_t ticks) {
    if (ticks == 0) {
        return;
    }
    fmt::format_to(std::back_inserter(out), FMT_COMPILE(".{:07}"), ticks);
    out.erase(out.find_last_not_of('0') + 1);
}

}  // namespace

Timestamp now() {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return Timestamp{std::chrono::floor<Ticks>(since_epoch).count()};
}

std::string format_timestamp(Timestamp time) {
    const std::chrono::sys_time<Ticks> point{Ticks(time.ticks)};
    const auto day = std::chrono::floor<std::chrono::days>(point);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{point - day};
    std::string text;
    text.reserve(sizeof "2024-03-11T08:22:41.7310264Z");
    fmt::format_to(std::back_inserter(text), FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}"),
                   static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                   static_cast<unsigned>(date.day()), clock.hours().count(),
                   clock.minutes().count(), clock.seconds().count());
    append_fraction(text, clock.subseconds().count());
    text.push_back('Z');
    return text;
}

}  // namespace berth
