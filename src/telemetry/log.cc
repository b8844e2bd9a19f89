// SPDX-License-Identifier: Apache-2.0
#include "telemetry/log.h"

#include "base/clock.h"
#include "telemetry/line_format.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <array>
#include <cerrno>
#include <mutex>
#include <string>
#include <unistd.h>
#include <utility>

namespace berth::telemetry {
namespace {

constexpr std::array<std::pair<std::string_view, Level>, 4> kLevels = {{
    {"debug", Level::debug},
    {"info", Level::info},
    {"warn", Level::warn},
    {"error", Level::error},
}};

spdlog::level::level_enum spdlog_level(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warn:
            return spdlog::level::warn;
        case Level::error:
            break;
    }
    return spdlog::level::err;
}

// spdlog's own sinks write through a FILE of stdio; this one makes one write(2) per line, so lines
// of the logger and of the access log do not mix within a line. Lines arrive complete.
class DescriptorSink final : public spdlog::sinks::base_sink<std::mutex> {
  public:
    explicit DescriptorSink(int target) : target_(target) {}

  private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        std::string_view left(message.payload.data(), message.payload.size());
        while (!left.empty()) {
            const ssize_t written = ::write(target_, left.data(), left.size());
            if (written < 0 && errno != EINTR) {
                return;
            }
            left.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
        }
    }

    void flush_() override {}

    int target_;
};

/// The source path without the directories of the machine it was built on.
std::string_view short_path(std::string_view path) {
    const std::size_t src = path.rfind("/src/");
    return src == std::string_view::npos ? path : path.substr(src + 1);
}

}  // namespace

std::optional<Level> parse_level(std::string_view name) {
    for (const auto& [text, level] : kLevels) {
        if (name == text) {
            return level;
        }
    }
    return std::nullopt;
}

std::string_view name_of(Level level) {
    return kLevels.at(static_cast<std::size_t>(level)).first;
}

std::optional<LogFormat> parse_log_format(std::string_view name) {
    if (name == "text") {
        return LogFormat::text;
    }
    return name == "json" ? std::optional(LogFormat::json) : std::nullopt;
}

struct Logger::State {
    State(LogFormat line_format, int target)
        : format(line_format), logger("berth", std::make_shared<DescriptorSink>(target)) {}

    void write(Level level, const std::string& line) {
        logger.log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
    }

    LogFormat format;
    spdlog::logger logger;
};

Logger::Logger(LogFormat format, Level least, int target)
    : state_(std::make_unique<State>(format, target)) {
    state_->logger.set_level(spdlog_level(least));
}

Logger::~Logger() = default;

bool Logger::is_on(Level level) const {
    return state_->logger.should_log(spdlog_level(level));
}

void Logger::log(Level level, std::string_view event, Fields fields) {
    if (!is_on(level)) {
        return;
    }
    std::string text;
    LineFormat line(state_->format, text);
    line.begin(now(), name_of(level), event);
    for (const Field& field : fields) {
        line.add(field);
    }
    line.end();
    state_->write(level, text);
}

void Logger::failure(Level level, std::string_view event, const Error& why, Fields fields) {
    if (!is_on(level)) {
        return;
    }
    std::string text;
    LineFormat line(state_->format, text);
    line.begin(now(), name_of(level), event);
    for (const Field& field : fields) {
        line.add(field);
    }
    line.add("code", berth::name_of(why.code));
    line.add("detail", why.log_detail.empty() ? why.message : why.log_detail);
    line.add("at", short_path(why.where.file_name()));
    line.add("line", std::uint64_t{why.where.line()});
    line.end();
    state_->write(level, text);
}

}  // namespace berth::telemetry
