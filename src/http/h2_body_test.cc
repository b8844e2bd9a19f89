// SPDX-License-Identifier: Apache-2.0
#include "http/h2_body.h"

#include "http/testing/h2_pipe.h"
#include "io/testing/run_task.h"

#include <gtest/gtest.h>

namespace berth::http {
namespace {

/// A stream whose head said that a body follows.
class H2BodyTest : public testing::Test, public io::Watch {
  protected:
    H2BodyTest() : Watch(loop()) {
        feed(h2_greeting());
        collect();
        feed(h2_frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, ""));
    }

    void drain() override {}

    void expire() override {}

    static io::Loop& loop() {
        static io::Loop only;
        return only;
    }

    void feed(const std::string& bytes) { session_.feed(as_bytes(bytes)); }

    /// Bytes that the server has to say.
    std::size_t collect() {
        H2Output out;
        session_.collect(out, 1 << 20U);
        return out.size();
    }

    H2Body& body(const H2TestFields& more = {}) {
        auto fields = h2_request("PUT", "/");
        fields.insert(fields.end(), more.begin(), more.end());
        feed(h2_headers(1, fields, false));
        stream_ = session_.take_requests().at(0);
        EXPECT_EQ(stream_->head.finish(true), std::nullopt);
        collect();
        const H2Body::Connection shared{session_, deadline_, output_, std::chrono::seconds(60)};
        return body_.emplace(shared, stream_);
    }

    void send(const std::string& piece, bool end = false) {
        feed(h2_frame(NGHTTP2_DATA, end ? NGHTTP2_FLAG_END_STREAM : 0, 1, piece));
    }

    Result<std::string> read() {
        Result<ByteView> piece = io::run_task(body_->read());
        if (!piece) {
            return fail(piece.error());
        }
        return std::string(as_text(*piece));
    }

    Limits limits_;
    H2Session session_{limits_};
    H2Deadline deadline_{*this};
    io::Event output_;
    std::shared_ptr<H2Stream> stream_;
    std::optional<H2Body> body_;
};

TEST_F(H2BodyTest, PiecesThenTheEnd) {
    EXPECT_EQ(body({{"content-length", "11"}}).length(), 11U);
    send("hello ");
    send("world", true);
    EXPECT_EQ(read(), "hello world");
    EXPECT_EQ(read(), "");
    EXPECT_EQ(read(), "");
    EXPECT_EQ(body_->bytes_read(), 11U);
    EXPECT_EQ(stream_->deadline, H2Deadline::kNever);
}

TEST_F(H2BodyTest, NoPieceIsLarge) {
    EXPECT_EQ(body().length(), std::nullopt);
    for (int i = 0; i < 20; ++i) {
        send(std::string(16'000, static_cast<char>('a' + i)), i == 19);
    }
    std::string all;
    while (all.size() < 320'000) {
        const Result<std::string> piece = read();
        ASSERT_TRUE(piece);
        EXPECT_LE(piece->size(), kReadBufferBytes);
        all += *piece;
    }
    EXPECT_EQ(all[319'999], 'a' + 19);
    EXPECT_EQ(read(), "");
}

TEST_F(H2BodyTest, RoomIsGivenWhenThePieceIsDone) {
    body();
    for (int i = 0; i < 64; ++i) {
        send(std::string(16 * kKiB, 'x'));
    }
    EXPECT_EQ(collect(), 0U);
    for (int i = 0; i < 8; ++i) {
        ASSERT_TRUE(read());
    }
    EXPECT_EQ(collect(), 0U);  // half of the window is still taken, the last piece included
    ASSERT_TRUE(read());
    EXPECT_GT(collect(), 0U);
}

TEST_F(H2BodyTest, WhatNobodyTookIsGivenBack) {
    body();
    for (int i = 0; i < 64; ++i) {
        send(std::string(16 * kKiB, 'x'));
    }
    ASSERT_TRUE(read());
    collect();
    body_->finish();
    EXPECT_GT(collect(), 0U);
    EXPECT_TRUE(stream_->discarding);
}

TEST_F(H2BodyTest, AResetInsideTheBody) {
    body();
    send("some");
    EXPECT_EQ(read(), "some");
    feed(h2_frame(NGHTTP2_RST_STREAM, 0, 1, std::string("\0\0\0\x08", 4)));
    const Result<std::string> rest = read();
    ASSERT_FALSE(rest);
    EXPECT_EQ(rest.error().code, Errc::cancelled);
}

TEST_F(H2BodyTest, AContinueIsWithheldUntilTheFirstRead) {
    EXPECT_TRUE(body({{"expect", "100-continue"}}).continue_withheld());
    send("some", true);
    EXPECT_FALSE(body_->continue_withheld());
    EXPECT_EQ(read(), "some");
    EXPECT_EQ(collect(), 0U);  // the body came without it
}

}  // namespace
}  // namespace berth::http
