// SPDX-License-Identifier: Apache-2.0
//
// The log and the access log, read back through a pipe as an operator's collector would.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "telemetry/access_log.h"
#include "telemetry/line_writer.h"
#include "telemetry/log.h"

namespace berth::telemetry {
namespace {

using namespace std::string_literals;

class Pipe {
public:
    Pipe() { EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0); }
    ~Pipe() {
        close_writer();
        ::close(ends_[0]);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    int writer() const { return ends_[1]; }
    void close_writer() {
        if (ends_[1] >= 0) {
            ::close(std::exchange(ends_[1], -1));
        }
    }

    /// Reads until `lines` lines are there, the writer is closed or ten seconds have passed.
    std::string read_lines(std::ptrdiff_t lines) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (std::count(read_.begin(), read_.end(), '\n') < lines &&
               std::chrono::steady_clock::now() < deadline) {
            pollfd waiting{.fd = ends_[0], .events = POLLIN, .revents = 0};
            if (::poll(&waiting, 1, 100) <= 0) {
                continue;
            }
            std::array<char, 65536> buffer{};
            const ssize_t count = ::read(ends_[0], buffer.data(), buffer.size());
            if (count <= 0) {
                break;
            }
            read_.append(buffer.data(), static_cast<std::size_t>(count));
        }
        return read_;
    }
    std::string read_all() {
        close_writer();
        return read_lines(PTRDIFF_MAX);
    }

private:
    std::array<int, 2> ends_{-1, -1};
    std::string read_;
};

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
    logger.warn("odd", {{"ok", false}, {"ratio", 0.5}, {"delta", -3}, {"size", 18446744073709551615U},
                        {"empty", ""}, {"dash", "-"}});
    logger.debug("unseen");
    const std::string lines = pipe.read_all();
    const std::size_t newline = lines.find('\n');
    EXPECT_EQ(after_time(lines.substr(0, newline)),
              R"( info  started address=127.0.0.1:5000 note="two words" port=5000)");
    EXPECT_EQ(after_time(lines.substr(newline + 1)),
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
                        "at=src/telemetry/telemetry_test.cc line="),
              std::string::npos)
        << line;
}

AccessRecord sample_record() {
    AccessRecord record;
    record.time = Timestamp{17'101'453'617'310'264};
    record.remote_address = "127.0.0.1:40000";
    record.method = "GET";
    record.target = "/v2/hello-world/manifests/latest";
    record.status = 200;
    record.bytes_in = 0;
    record.bytes_out = 9125;
    record.duration = std::chrono::microseconds(57);
    record.principal = "admin";
    record.operation = "manifest_get";
    record.correlation_id = "0d1f";
    record.user_agent = "skopeo/1.9.3";
    return record;
}

std::string written(LogFormat format, const AccessRecord& record) {
    Pipe pipe;
    {
        AccessLog log(format, pipe.writer());
        log.write(record);
    }
    return pipe.read_all();
}

TEST(AccessLog, WritesText) {
    EXPECT_EQ(written(LogFormat::text, sample_record()),
              "2024-03-11T08:22:41.7310264Z info  request method=GET "
              "target=/v2/hello-world/manifests/latest status=200 in=0 out=9125 us=57 "
              "principal=admin operation=manifest_get id=0d1f remote=127.0.0.1:40000 "
              "agent=skopeo/1.9.3\n");
}

TEST(AccessLog, WritesJsonWithoutEmptyTexts) {
    AccessRecord record = sample_record();
    record.principal = "";
    record.operation = "";
    EXPECT_EQ(written(LogFormat::json, record),
              R"({"time":"2024-03-11T08:22:41.7310264Z","level":"info","event":"request",)"
              R"("method":"GET","target":"/v2/hello-world/manifests/latest","status":200,"in":0,)"
              R"("out":9125,"us":57,"id":"0d1f","remote":"127.0.0.1:40000",)"
              R"("agent":"skopeo/1.9.3"})"
              "\n");
}

TEST(AccessLog, ClientsCannotForgeLinesOrFields) {
    AccessRecord record = sample_record();
    record.user_agent = "x\n2024 info request status=200\r\x1b[2J\x7f\xc2\x85\xc2\x9b\xff";
    record.principal = "a principal=b";
    record.target = "/v2/a\" status=500";
    for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
        const std::string line = written(format, record);
        EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
        EXPECT_TRUE(line.ends_with("\n"));
        const bool clean = std::all_of(line.begin(), line.end() - 1,
                                       [](char c) { return c >= ' ' && c < '\x7f'; });
        EXPECT_TRUE(clean) << line;
        EXPECT_NE(line.find(R"("x\n2024 info request status=200\r\u001b[2J\u007f\u0085\u009b\ufffd")"),
                  std::string::npos)
            << line;
        EXPECT_NE(line.find(R"("a principal=b")"), std::string::npos) << line;
        EXPECT_NE(line.find(R"("/v2/a\" status=500")"), std::string::npos) << line;
    }
}

TEST(AccessLog, CutsWhatClientsMakeLong) {
    AccessRecord record = sample_record();
    record.target = "";
    const std::string long_text(16'000, 'x');
    record.target = long_text;
    record.user_agent = long_text;
    EXPECT_LT(written(LogFormat::text, record).size(), 3000U);
}

TEST(MaskSecrets, HidesValuesOnly) {
    const std::pair<const char*, const char*> cases[] = {
        {"/v2/", "/v2/"},
        {"/v2/_catalog?n=2&last=a", "/v2/_catalog?n=2&last=a"},
        {"/v2/a/blobs/uploads/1?_nouploadcache=false&_state=abc%3D&digest=sha256:00",
         "/v2/a/blobs/uploads/1?_nouploadcache=false&_state=***&digest=sha256:00"},
        {"/oauth2/token?password=p&Refresh_Token=r&service=s",
         "/oauth2/token?password=***&Refresh_Token=***&service=s"},
        {"/x?p%61ssword=p", "/x?p%61ssword=***"},
        {"/x?token=a=b", "/x?token=***"},
        {"/x?token", "/x?token"},
        {"/x?token=", "/x?token=***"},
        {"/x?&&token=a&", "/x?&&token=***&"},
        {"/x?a?token=b", "/x?a?token=b"},
        {"/x?", "/x?"},
        {"", ""},
    };
    for (const auto& [target, masked] : cases) {
        EXPECT_EQ(mask_secrets(target), masked);
    }
}

TEST(AccessLog, MasksTheTarget) {
    AccessRecord record = sample_record();
    record.target = "/v2/?access_token=hidden-value";
    EXPECT_EQ(written(LogFormat::text, record).find("hidden-value"), std::string::npos);
}

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
