// SPDX-License-Identifier: Apache-2.0
#include "app/value_text.h"

#include "base/bytes.h"

#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace berth::app {
namespace {

struct Unit {
    std::string_view suffix;
    std::uint64_t factor;
};

// Largest first.
constexpr std::array<Unit, 4> kSizeUnits = {
    {{"TiB", 1024 * kGiB}, {"GiB", kGiB}, {"MiB", kMiB}, {"KiB", kKiB}}};
constexpr std::array<Unit, 4> kDurationUnits = {{{"d", 86'400}, {"h", 3'600}, {"m", 60}, {"s", 1}}};

std::optional<std::uint64_t> parse_with_unit(std::string_view text, std::span<const Unit> units) {
    for (const Unit& unit : units) {
        if (!text.ends_with(unit.suffix)) {
            continue;
        }
        text.remove_suffix(unit.suffix.size());
        const std::optional<std::uint64_t> number = parse_count(text);
        if (!number || *number > std::numeric_limits<std::uint64_t>::max() / unit.factor) {
            return std::nullopt;
        }
        return *number * unit.factor;
    }
    return std::nullopt;
}

std::optional<std::string> show_with_unit(std::uint64_t number, std::span<const Unit> units) {
    for (const Unit& unit : units) {
        if (number != 0 && number % unit.factor == 0) {
            return std::to_string(number / unit.factor) + std::string(unit.suffix);
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> parse_count(std::string_view text) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, failed] = std::from_chars(text.data(), end, number);
    if (failed != std::errc() || stop != end) {
        return std::nullopt;
    }
    return number;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    const std::optional<std::uint64_t> bytes = parse_count(text);
    return bytes ? bytes : parse_with_unit(text, kSizeUnits);
}

std::optional<std::uint64_t> parse_duration(std::string_view text) {
    return parse_with_unit(text, kDurationUnits);
}

std::string show_size(std::uint64_t bytes) {
    return show_with_unit(bytes, kSizeUnits).value_or(std::to_string(bytes));
}

std::string show_duration(std::uint64_t seconds) {
    return show_with_unit(seconds, kDurationUnits).value_or(std::to_string(seconds) + "s");
}

}  // namespace berth::app
