// SPDX-License-Identifier: Apache-2.0
#include "http/h1_body.h"

#include "base/limits.h"
#include "http/testing/fake_stream.h"
#include "io/testing/run_task.h"

#include <gtest/gtest.h>

namespace berth::http {
namespace {

class IdleWatch final : public io::Watch {
  public:
    using Watch::Watch;

    void drain() override {}

    void expire() override {}
};

constexpr std::string_view kPlain = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n";
constexpr std::string_view kChunked =
    "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view kExpecting =
    "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n";
constexpr std::string_view kNoBody = "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n";

/// The body of a request with `head`, of which `early` came with the head and `pieces` later.
struct Incoming {
    Incoming(std::string_view head, std::string_view early, std::vector<std::string> pieces = {})
        : request(H1Request::parse(head).value()),
          stream(loop, std::move(pieces)),
          body(stream, watch, std::chrono::seconds(1), request, as_bytes(early)) {}

    /// Everything up to the end, or the error's name in brackets.
    std::string read_all() {
        std::string text;
        while (true) {
            const Result<ByteView> piece = io::run_task(body.read());
            if (!piece) {
                return text + "[" + std::string(name_of(piece.error().code)) + "]";
            }
            if (piece->empty()) {
                return text;
            }
            text += as_text(*piece);
        }
    }

    io::Loop loop;
    IdleWatch watch{loop};
    H1Request request;
    FakeStream stream;
    H1Body body;
};

TEST(H1Body, APlainBodyInPieces) {
    Incoming incoming(kPlain, "", {"hello", " ", "world"});
    EXPECT_EQ(incoming.body.length(), 11U);
    EXPECT_EQ(incoming.body.remaining(), 11U);
    EXPECT_FALSE(incoming.body.done());
    EXPECT_EQ(incoming.read_all(), "hello world");
    EXPECT_TRUE(incoming.body.done());
    EXPECT_EQ(incoming.body.bytes_read(), 11U);
    EXPECT_TRUE(incoming.body.leftover().empty());
}

TEST(H1Body, EarlyBytesComeFirst) {
    Incoming incoming(kPlain, "hello ", {"world"});
    EXPECT_EQ(incoming.read_all(), "hello world");
}

TEST(H1Body, WhatFollowsTheBodyIsLeftOver) {
    Incoming all_early(kPlain, "hello worldGET /next");
    EXPECT_EQ(all_early.read_all(), "hello world");
    EXPECT_EQ(as_text(all_early.body.leftover()), "GET /next");

    Incoming later(kPlain, "hello ", {"worldGET /next"});
    EXPECT_EQ(later.read_all(), "hello world");
    EXPECT_EQ(as_text(later.body.leftover()), "GET /next");
}

TEST(H1Body, AnAbsentBodyIsDoneAtOnce) {
    Incoming incoming(kNoBody, "GET /next");
    EXPECT_TRUE(incoming.body.done());
    EXPECT_EQ(incoming.body.length(), 0U);
    EXPECT_EQ(incoming.read_all(), "");
    EXPECT_EQ(as_text(incoming.body.leftover()), "GET /next");
    EXPECT_EQ(incoming.stream.output, "");
}

TEST(H1Body, AChunkedBodyHoweverItArrives) {
    const std::string wire = "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
    for (const std::size_t early : {std::size_t{0}, std::size_t{1}, std::size_t{7}, wire.size()}) {
        std::vector<std::string> bytes;
        for (const char byte : wire.substr(early)) {
            bytes.emplace_back(1, byte);
        }
        Incoming incoming(kChunked, std::string_view(wire).substr(0, early), std::move(bytes));
        EXPECT_EQ(incoming.body.length(), std::nullopt);
        EXPECT_EQ(incoming.read_all(), "hello world") << early;
        EXPECT_TRUE(incoming.body.done());
        EXPECT_EQ(incoming.body.bytes_read(), 11U);
    }
}

TEST(H1Body, AChunkLargerThanTheBuffers) {
    const std::string content(5 * kReadBufferBytes + 7, 'x');
    std::string wire = "50007\r\n" + content + "\r\n0\r\n\r\nGET /next";
    Incoming incoming(kChunked, "", {wire});
    EXPECT_TRUE(incoming.read_all() == content);
    EXPECT_EQ(as_text(incoming.body.leftover()), "GET /next");
}

TEST(H1Body, AnEndTooEarlyIsCancelled) {
    EXPECT_EQ(Incoming(kPlain, "hello").read_all(), "hello[cancelled]");
    EXPECT_EQ(Incoming(kChunked, "5\r\nhello\r\n").read_all(), "hello[cancelled]");
}

// After broken framing nobody knows where the next request begins: no reading on.
TEST(H1Body, BrokenFramingStaysBroken) {
    Incoming incoming(kChunked, "5\r\nhello\r\nzz\r\n0\r\n\r\n");
    EXPECT_EQ(incoming.read_all(), "hello[bad_request]");
    EXPECT_EQ(incoming.read_all(), "[bad_request]");
    EXPECT_FALSE(incoming.body.done());
    EXPECT_TRUE(incoming.body.broken());
}

TEST(H1Body, AChunkHeaderWithoutEndIsRefused) {
    const std::string endless = "5;" + std::string(2 * kReadBufferBytes, 'a');
    EXPECT_EQ(Incoming(kChunked, "", {endless}).read_all(), "[bad_request]");
    const std::string trailers = "0\r\n" + std::string(2 * kReadBufferBytes, 'a');
    EXPECT_EQ(Incoming(kChunked, "", {trailers}).read_all(), "[bad_request]");
}

TEST(H1Body, ContinueIsSentByTheFirstReadOnly) {
    Incoming incoming(kExpecting, "", {"hello ", "world"});
    EXPECT_TRUE(incoming.body.continue_withheld());
    EXPECT_EQ(incoming.stream.output, "");
    EXPECT_EQ(incoming.read_all(), "hello world");
    EXPECT_FALSE(incoming.body.continue_withheld());
    EXPECT_EQ(incoming.stream.output, "HTTP/1.1 100 Continue\r\n\r\n");
}

TEST(H1Body, WhoSendsUnaskedGetsNoContinue) {
    Incoming incoming(kExpecting, "hello ", {"world"});
    EXPECT_FALSE(incoming.body.continue_withheld());
    EXPECT_EQ(incoming.read_all(), "hello world");
    EXPECT_EQ(incoming.stream.output, "");
}

}  // namespace
}  // namespace berth::http
