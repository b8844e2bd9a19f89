// SPDX-License-Identifier: Apache-2.0
#include "http/h2_outgoing.h"

#include "base/limits.h"
#include "io/testing/run_task.h"
#include "io/testing/temporary_directory.h"

#include <gtest/gtest.h>

#include <fstream>

namespace berth::http {
namespace {

class H2OutgoingTest : public testing::Test {
  protected:
    FileBody body_of(const std::string& content) {
        const auto path = directory_.path() / "file";
        std::ofstream(path, std::ios::binary) << content;
        return FileBody(io::real_file_system()->open_read(path).value());
    }

    static io::Task<int> warm(H2Outgoing& outgoing) {
        co_await outgoing.warm();
        co_return 0;
    }

    /// Takes all in steps of at most `step`, warming where it must.
    static std::string all(H2Outgoing& outgoing, std::size_t step) {
        std::string taken;
        while (outgoing.remaining() > 0) {
            const std::size_t ready = outgoing.ready(step);
            EXPECT_LE(ready, step);
            if (ready == 0) {
                EXPECT_TRUE(outgoing.runs_dry());
                io::run_task(warm(outgoing));
                continue;
            }
            std::string piece(ready, '\0');
            EXPECT_TRUE(outgoing.take(std::as_writable_bytes(std::span(piece))));
            taken += piece;
        }
        EXPECT_EQ(outgoing.ready(step), 0U);
        EXPECT_FALSE(outgoing.runs_dry());
        return taken;
    }

    io::TemporaryDirectory directory_;
    io::BlockingPool pool_{1, 8};
    H2Outgoing outgoing_;
};

TEST_F(H2OutgoingTest, NothingAtFirst) {
    EXPECT_EQ(outgoing_.remaining(), 0U);
    EXPECT_EQ(all(outgoing_, 10), "");
}

TEST_F(H2OutgoingTest, AText) {
    outgoing_.set_text("hello world");
    EXPECT_EQ(outgoing_.remaining(), 11U);
    EXPECT_EQ(outgoing_.ready(100), 11U);
    EXPECT_FALSE(outgoing_.runs_dry());
    EXPECT_EQ(all(outgoing_, 4), "hello world");
}

TEST_F(H2OutgoingTest, PiecesOfAFileBetweenTexts) {
    for (const std::size_t step : {1000U, 4U, 1U}) {
        FileBody body = body_of("0123456789");
        body.pieces.emplace_back("", 0, 0);
        body.pieces.emplace_back("", 9, 1);
        body.pieces.emplace_back("<a>", 2, 3);
        body.pieces.emplace_back("<none>", 0, 0);
        body.pieces.emplace_back("", 0, 10);
        body.after = "<end>";
        H2Outgoing outgoing;
        outgoing.set_file(std::move(body), pool_);
        EXPECT_EQ(all(outgoing, step), "9<a>234<none>0123456789<end>") << step;
    }
}

TEST_F(H2OutgoingTest, AFileInWindows) {
    std::string content(3 * kTurnBytesMax + 7, 'x');
    content.replace(2 * kTurnBytesMax, 4, "here");
    FileBody body = body_of(content);
    body.pieces.emplace_back("", 0, content.size());
    outgoing_.set_file(std::move(body), pool_);
    EXPECT_EQ(outgoing_.ready(1), 0U);
    EXPECT_TRUE(outgoing_.runs_dry());
    io::run_task(warm(outgoing_));
    EXPECT_EQ(outgoing_.ready(content.size()), kTurnBytesMax);
    EXPECT_FALSE(outgoing_.runs_dry());
    EXPECT_TRUE(all(outgoing_, 16 * kKiB) == content);
}

TEST_F(H2OutgoingTest, AFileThatIsTooShort) {
    FileBody body = body_of("0123456789");
    body.pieces.emplace_back("", 5, 10);
    outgoing_.set_file(std::move(body), pool_);
    io::run_task(warm(outgoing_));
    std::string piece(10, '\0');
    const Result<void> taken = outgoing_.take(std::as_writable_bytes(std::span(piece)));
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, Errc::corrupt);
}

}  // namespace
}  // namespace berth::http
