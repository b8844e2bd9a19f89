// SPDX-License-Identifier: Apache-2.0
#include "app/expiry.h"

#include "app/value_text.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>

namespace berth::app {
namespace {

constexpr std::int64_t kYearsMax = 100;
constexpr std::int64_t kSecondsMax = kYearsMax * 365 * 86'400;

bool is_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// The number at `at`, of `width` digits; -1 for anything else.
int field(std::string_view text, std::size_t at, std::size_t width) {
    const std::string_view digits = text.substr(std::min(at, text.size()), width);
    int value = -1;
    if (digits.size() == width && is_digits(digits)) {
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
    }
    return value;
}

bool in_range(int value, int most) {
    return value >= 0 && value <= most;
}

// Ticks of `.5` to `.1234567`, which is removed from `text`.
std::optional<std::int64_t> take_fraction(std::string_view& text) {
    if (!text.starts_with('.')) {
        return 0;
    }
    const std::size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
    const std::string_view digits = text.substr(1, end - 1);
    if (digits.empty() || digits.size() > 9) {
        return std::nullopt;
    }
    std::int64_t ticks = 0;
    for (std::size_t i = 0; i < 7; ++i) {
        ticks = ticks * 10 + (i < digits.size() ? digits[i] - '0' : 0);
    }
    text.remove_prefix(end);
    return ticks;
}

// Seconds east of Greenwich.
std::optional<int> offset_of(std::string_view text) {
    if (text == "Z" || text == "z") {
        return 0;
    }
    const int hours = field(text, 1, 2);
    const int minutes = field(text, 4, 2);
    const bool well_formed = text.size() == 6 && (text[0] == '+' || text[0] == '-') &&
                             text[3] == ':' && in_range(hours, 23) && in_range(minutes, 59);
    if (!well_formed) {
        return std::nullopt;
    }
    const int seconds = hours * 3600 + minutes * 60;
    return text[0] == '-' ? -seconds : seconds;
}

}  // namespace

std::optional<Timestamp> parse_time(std::string_view text) {
    constexpr std::string_view kShape = "0000-00-00T00:00:00";
    for (std::size_t i = 0; i < kShape.size(); ++i) {
        const bool fits = i < text.size() && (kShape[i] == '0' || text[i] == kShape[i] ||
                                              (i == 10 && (text[i] == 't' || text[i] == ' ')));
        if (!fits) {
            return std::nullopt;
        }
    }
    const auto month = static_cast<unsigned>(std::max(field(text, 5, 2), 0));
    const auto day = static_cast<unsigned>(std::max(field(text, 8, 2), 0));
    const std::chrono::year_month_day date{std::chrono::year(field(text, 0, 4)),
                                           std::chrono::month(month), std::chrono::day(day)};
    const int hour = field(text, 11, 2);
    const int minute = field(text, 14, 2);
    const int second = field(text, 17, 2);
    const bool well_formed = field(text, 0, 4) >= 0 && date.ok() && in_range(hour, 23) &&
                             in_range(minute, 59) && in_range(second, 59);
    std::string_view rest = text.substr(kShape.size());
    const std::optional<std::int64_t> fraction = take_fraction(rest);
    const std::optional<int> offset = offset_of(rest);
    if (!well_formed || !fraction || !offset) {
        return std::nullopt;
    }
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    const std::int64_t seconds = days * 86'400 + hour * 3600 + minute * 60 + second - *offset;
    return Timestamp{seconds * kTicksPerSecond + *fraction};
}

Result<std::optional<Timestamp>> parse_expiry(std::string_view text, Timestamp now) {
    if (text == "never") {
        return std::nullopt;
    }
    std::optional<Timestamp> end;
    if (const auto seconds = parse_duration(text); seconds && *seconds > 0) {
        const auto bounded = std::min(*seconds, static_cast<std::uint64_t>(kSecondsMax) + 1);
        end = Timestamp{now.ticks + static_cast<std::int64_t>(bounded) * kTicksPerSecond};
    } else {
        end = parse_time(text);
    }
    if (!end) {
        return fail(Errc::bad_request, "'" + std::string(text) +
                                           "' is no end: 30d, 12h, 2027-01-31T12:00:00Z or never");
    }
    if (*end <= now) {
        return fail(Errc::bad_request, "'" + std::string(text) + "' is over already");
    }
    if (end->ticks - now.ticks > kSecondsMax * kTicksPerSecond) {
        return fail(Errc::bad_request,
                    "'" + std::string(text) + "' is more than a hundred years away: use never");
    }
    return end;
}

}  // namespace berth::app
