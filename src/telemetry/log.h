// SPDX-License-Identifier: Apache-2.0
//
// How the program speaks about itself: an event name and key-values, one line each, as text or as
// JSON. A Logger is made once in app/ and passed by reference; any thread may write to it. A line
// is written before the call returns, so request logging goes through access_log.h instead.
#pragma once

#include "base/error.h"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

namespace berth::telemetry {

enum class Level : std::uint8_t { debug, info, warn, error };
enum class LogFormat : std::uint8_t { text, json };

/// debug, info, warn or error; nullopt for anything else.
std::optional<Level> parse_level(std::string_view name);
std::string_view name_of(Level level);
/// text or json; nullopt for anything else.
std::optional<LogFormat> parse_log_format(std::string_view name);

/// One key-value of a line. Borrows its texts: made in the call's braces, never stored.
class Field {
  public:
    using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

    Field(std::string_view key, std::string_view text) : key_(key), value_(text) {}

    Field(std::string_view key, const char* text) : key_(key), value_(std::string_view(text)) {}

    Field(std::string_view key, bool flag) : key_(key), value_(flag) {}

    Field(std::string_view key, double number) : key_(key), value_(number) {}

    template <std::signed_integral T>
    Field(std::string_view key, T number) : key_(key), value_(static_cast<std::int64_t>(number)) {}

    template <std::unsigned_integral T>
        requires(!std::same_as<T, bool>)
    Field(std::string_view key, T number) : key_(key), value_(static_cast<std::uint64_t>(number)) {}

    std::string_view key() const { return key_; }

    const Value& value() const { return value_; }

  private:
    std::string_view key_;
    Value value_;
};

using Fields = std::initializer_list<Field>;

class Logger {
  public:
    /// Writes to file descriptor `target`, which stays the caller's and must outlive the Logger.
    Logger(LogFormat format, Level least, int target = 2);
    ~Logger();
    Logger(const Logger&) = delete;
    Logger& operator=(const Logger&) = delete;

    bool is_on(Level level) const;

    /// `event` is a constant snake_case name; what varies goes into fields:
    /// `logger.info("listening", {{"address", text}, {"port", port}});`
    void log(Level level, std::string_view event, Fields fields = {});

    void debug(std::string_view event, Fields fields = {}) { log(Level::debug, event, fields); }

    void info(std::string_view event, Fields fields = {}) { log(Level::info, event, fields); }

    void warn(std::string_view event, Fields fields = {}) { log(Level::warn, event, fields); }

    void error(std::string_view event, Fields fields = {}) { log(Level::error, event, fields); }

    /// As log(), with the error's code, log detail and place as additional fields.
    void failure(Level level, std::string_view event, const Error& why, Fields fields = {});

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace berth::telemetry
