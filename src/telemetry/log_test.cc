// SPDX-License-Identifier: Apache-2.0
#include "telemetry/log.h"

#include "telemetry/testing_pipe.h"

#include <gtest/gtest.h>

#include <string>

namespace berth::telemetry {
namespace {

/// Without the time, whose value a test does not know.
std::string after_time(const std::string& line) {
    return line.substr(line.find('Z') + 1);
}

TEST(Levels, Names) {
    for (const Level level : {Level::debug, Level::info, Level::warn, Level::error}) {
        EXPECT_EQ(parse_level(name_of(level)), level);
    }
    EXPECT_FALSE(parse_level("Info"));
    EXPECT_FALSE(parse_level(""));
    EXPECT_EQ(parse_log_format("text"), LogFormat::text);
    EXPECT_EQ(parse_log_format("json"), LogFormat::json);
    EXPECT_FALSE(parse_log_format("xml"));
}

TEST(Logger, WritesText) {
    Pipe pipe;
    Logger logger(LogFormat::text, Level::info, pipe.writer());
    const std::string text = "two words";
    logger.info("started", {{"address", "127.0.0.1:5000"}, {"note", text}, {"port", 5000}});
    logger.warn("odd", {{"ok", false},
                        {"ratio", 0.5},
                        {"delta", -3},
                        {"size", 18446744073709551615U},
                        {"empty", ""},
                        {"dash", "-"}});
    logger.debug("unseen");
    const std::string lines = pipe.read_all();
    const std::size_t newline = lines.find('\n');
    EXPECT_EQ(after_time(lines.substr(0, newline)),
              R"( info  started address=127.0.0.1:5000 note="two words" port=5000)");
    EXPECT_EQ(
        after_time(lines.substr(newline + 1)),
        " warn  odd ok=false ratio=0.5 delta=-3 size=18446744073709551615 empty=- dash=\"-\"\n");
}

TEST(Logger, WritesJson) {
    Pipe pipe;
    Logger logger(LogFormat::json, Level::debug, pipe.writer());
    EXPECT_TRUE(logger.is_on(Level::debug));
    logger.debug("seen", {{"text", "a\"b\n"}, {"count", 2}, {"flag", true}});
    EXPECT_EQ(after_time(pipe.read_all()),
              "\",\"level\":\"debug\",\"event\":\"seen\",\"text\":\"a\\\"b\\n\",\"count\":2,"
              "\"flag\":true}\n");
}

TEST(Logger, FailureTellsCodeDetailAndPlace) {
    Pipe pipe;
    Logger logger(LogFormat::text, Level::info, pipe.writer());
    logger.failure(Level::error, "commit_failed", Error(Errc::disk_full, "write: no space"),
                   {{"upload", "u1"}});
    const std::string line = pipe.read_all();
    EXPECT_NE(line.find(" error commit_failed upload=u1 code=disk_full detail=\"write: no space\" "
                        "at=src/telemetry/log_test.cc line="),
              std::string::npos)
        << line;
}

}  // namespace
}  // namespace berth::telemetry
