// SPDX-License-Identifier: Apache-2.0
#include "http/h2_session.h"

#include "http/testing/h2_pipe.h"

#include <gmock/gmock.h>

#include <optional>

namespace berth::http {
namespace {

struct Frame {
    std::uint8_t type;
    std::uint8_t flags;
    std::uint32_t stream;
    std::string payload;

    /// Of RST_STREAM (offset 0) and GOAWAY (offset 4).
    std::uint32_t number(std::size_t offset) const {
        std::uint32_t value = 0;
        for (std::size_t at = offset; at < offset + 4; ++at) {
            value = value << 8U | static_cast<std::uint8_t>(payload.at(at));
        }
        return value;
    }
};

std::vector<Frame> frames_in(std::string_view bytes) {
    std::vector<Frame> frames;
    while (bytes.size() >= 9) {
        const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); };
        const std::size_t size = static_cast<std::size_t>(byte(0)) << 16U |
                                 static_cast<std::size_t>(byte(1)) << 8U | byte(2);
        const std::uint32_t stream = static_cast<std::uint32_t>(byte(5)) << 24U |
                                     static_cast<std::uint32_t>(byte(6)) << 16U |
                                     static_cast<std::uint32_t>(byte(7)) << 8U | byte(8);
        frames.push_back(Frame{.type = byte(3),
                               .flags = byte(4),
                               .stream = stream,
                               .payload = std::string(bytes.substr(9, size))});
        bytes.remove_prefix(9 + size);
    }
    return frames;
}

/// A window update, or whatever else is four bytes.
std::string number(std::uint32_t value) {
    std::string text;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        text += static_cast<char>(value >> shift & 0xFFU);
    }
    return text;
}

class H2SessionTest : public testing::Test {
  protected:
    H2Session& session() {
        if (!session_) {
            session_ = std::make_unique<H2Session>(limits_);
            session_->feed(as_bytes(h2_greeting()));
            if (acknowledge_) {
                (void)said();
                session_->feed(as_bytes(h2_frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, "")));
            }
        }
        return *session_;
    }

    void feed(const std::string& bytes) { session().feed(as_bytes(bytes)); }

    /// What the server has to say now.
    std::vector<Frame> said() {
        H2Output out;
        session().collect(out, 1 << 20U);
        return frames_in(as_text(out.view()));
    }

    /// The error code with which the server says goodbye.
    std::optional<std::uint32_t> goodbye() {
        std::optional<std::uint32_t> code;
        for (const Frame& frame : said()) {
            if (frame.type == NGHTTP2_GOAWAY) {
                code = frame.number(4);
            }
        }
        EXPECT_EQ(code.has_value(), session().finished());
        return code;
    }

    /// Of the last reset that the server sends.
    std::optional<std::uint32_t> reset_code() {
        std::optional<std::uint32_t> code;
        for (const Frame& frame : said()) {
            if (frame.type == NGHTTP2_RST_STREAM) {
                code = frame.number(0);
            }
        }
        return code;
    }

    /// A request that arrived whole.
    std::shared_ptr<H2Stream> request(const H2TestFields& fields, bool end = true) {
        feed(h2_headers(1, fields, end));
        auto requests = session().take_requests();
        return requests.empty() ? nullptr : requests.front();
    }

    Limits limits_;
    bool acknowledge_ = true;  // the settings of the server
    std::unique_ptr<H2Session> session_;
};

TEST_F(H2SessionTest, SaysItsLimitsFirst) {
    acknowledge_ = false;
    const std::vector<Frame> first = said();
    ASSERT_GE(first.size(), 2U);
    ASSERT_EQ(first[0].type, NGHTTP2_SETTINGS);
    std::map<int, std::uint32_t> settings;
    for (std::size_t at = 0; at < first[0].payload.size(); at += 6) {
        settings[first[0].payload[at + 1]] = first[0].number(at + 2);
    }
    EXPECT_EQ(settings[NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS], limits_.http2_streams_max);
    EXPECT_EQ(settings[NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE], kH2StreamWindowBytes);
    EXPECT_EQ(settings[NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE], limits_.header_bytes_max);
    EXPECT_EQ(settings[NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES], 1U);
    const auto update = std::ranges::find(first, NGHTTP2_WINDOW_UPDATE, &Frame::type);
    ASSERT_NE(update, first.end());
    EXPECT_EQ(update->number(0), kH2ConnectionWindowBytes - 65'535);
}

TEST_F(H2SessionTest, ARequestArrives) {
    auto fields = h2_request("GET", "/v2/");
    fields.emplace_back("x-a", "b");
    const auto stream = request(fields);
    ASSERT_NE(stream, nullptr);
    EXPECT_EQ(stream->head.finish(false), std::nullopt);
    EXPECT_EQ(stream->head.request().target, "/v2/");
    EXPECT_EQ(stream->head.request().header("X-A"), "b");
    EXPECT_TRUE(stream->request_ended);
    EXPECT_EQ(session().take_requests().size(), 0U);
}

TEST_F(H2SessionTest, AHeadInManyFrames) {
    const std::string block = h2_block(h2_request("GET", "/v2/"));
    feed(h2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, block.substr(0, 7)));
    EXPECT_TRUE(session().receiving_head());
    feed(h2_frame(NGHTTP2_CONTINUATION, 0, 1, block.substr(7, 9)));
    EXPECT_TRUE(session().receiving_head());
    feed(h2_frame(NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1, block.substr(16)));
    EXPECT_FALSE(session().receiving_head());
    EXPECT_EQ(session().take_requests().size(), 1U);
}

TEST_F(H2SessionTest, ForbiddenHeadsResetTheStream) {
    const std::vector<H2TestFields> forbidden = {
        {{"connection", "close"}},
        {{"keep-alive", "1"}},
        {{"proxy-connection", "close"}},
        {{"transfer-encoding", "chunked"}},
        {{"upgrade", "websocket"}},
        {{"te", "gzip"}},
        {{":path", "/twice"}},
        {{":status", "200"}},
        {{":unknown", "1"}},
        {{"X-Capital", "1"}},
        {{"content-length", "1"}, {"content-length", "1"}},
        {{"content-length", "-1"}},
        {{"content-length", "5"}},  // and no body
    };
    std::uint32_t id = 1;
    for (const H2TestFields& more : forbidden) {
        auto fields = h2_request("GET", "/");
        fields.insert(fields.end(), more.begin(), more.end());
        feed(h2_headers(id, fields));
        EXPECT_EQ(reset_code(), NGHTTP2_PROTOCOL_ERROR) << more[0].first;
        EXPECT_TRUE(session().take_requests().empty()) << more[0].first;
        id += 2;
    }
    for (const std::size_t missing : {0U, 1U, 2U, 3U}) {
        auto fields = h2_request("GET", "/");
        fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(missing));
        feed(h2_headers(id, fields));
        EXPECT_EQ(reset_code(), NGHTTP2_PROTOCOL_ERROR) << missing;
        id += 2;
    }
    EXPECT_TRUE(session().streams().empty());
    EXPECT_FALSE(session().finished());
}

TEST_F(H2SessionTest, TrailersMayBeAskedFor) {
    auto fields = h2_request("GET", "/");
    fields.emplace_back("te", "trailers");
    EXPECT_NE(request(fields), nullptr);
}

TEST_F(H2SessionTest, AForbiddenCharacterIsRefusedInWords) {
    auto fields = h2_request("GET", "/");
    fields.emplace_back("x-a", std::string("a\0b", 3));
    const auto stream = request(fields);
    ASSERT_NE(stream, nullptr);
    const auto problem = stream->head.finish(false);
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->status, 400);
}

TEST_F(H2SessionTest, ABodyThatIsLongerOrShorterThanItSays) {
    for (const std::string body : {"abcdef", "abcd"}) {
        session_.reset();
        auto fields = h2_request("PUT", "/");
        fields.emplace_back("content-length", "5");
        const auto stream = request(fields, false);
        feed(h2_frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, body));
        EXPECT_FALSE(stream->request_ended);
        EXPECT_EQ(reset_code(), NGHTTP2_PROTOCOL_ERROR);
        EXPECT_TRUE(stream->closed);
    }
}

TEST_F(H2SessionTest, TrailersAreCountedAndDropped) {
    const auto stream = request(h2_request("PUT", "/"), false);
    feed(h2_frame(NGHTTP2_DATA, 0, 1, "body"));
    feed(h2_headers(1, {{"x-trailer", "1"}}));
    EXPECT_TRUE(stream->request_ended);
    EXPECT_EQ(stream->arrived.size(), 4U);
    EXPECT_EQ(stream->head.finish(true), std::nullopt);
    EXPECT_EQ(stream->head.request().header("x-trailer"), std::nullopt);
}

TEST_F(H2SessionTest, SomethingElseThanAGreeting) {
    session_ = std::make_unique<H2Session>(limits_);
    feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(goodbye());
}

TEST_F(H2SessionTest, MoreThanTheWindowEndsTheStream) {
    const auto stream = request(h2_request("PUT", "/"), false);
    (void)said();
    const std::string piece(16 * kKiB, 'x');
    for (std::size_t sent = 0; sent < kH2StreamWindowBytes; sent += piece.size()) {
        feed(h2_frame(NGHTTP2_DATA, 0, 1, piece));
    }
    EXPECT_EQ(stream->arrived.size(), kH2StreamWindowBytes);
    EXPECT_TRUE(said().empty());  // nobody takes it: no window update
    feed(h2_frame(NGHTTP2_DATA, 0, 1, "x") + h2_frame(NGHTTP2_DATA, 0, 1, piece));
    EXPECT_EQ(reset_code(), NGHTTP2_FLOW_CONTROL_ERROR);
    EXPECT_EQ(stream->arrived.size(), kH2StreamWindowBytes + 1);
}

TEST_F(H2SessionTest, WhatIsConsumedMakesRoom) {
    const auto stream = request(h2_request("PUT", "/"), false);
    (void)said();
    feed(h2_frame(NGHTTP2_DATA, 0, 1, std::string(16 * kKiB, 'x')));
    for (int i = 0; i < 63; ++i) {
        feed(h2_frame(NGHTTP2_DATA, 0, 1, std::string(16 * kKiB, 'x')));
    }
    session().consume(*stream, stream->arrived.size());
    std::map<std::uint32_t, std::uint32_t> room;
    for (const Frame& frame : said()) {
        EXPECT_EQ(frame.type, NGHTTP2_WINDOW_UPDATE);
        room[frame.stream] += frame.number(0);
    }
    EXPECT_EQ(room[0], kH2StreamWindowBytes);
    EXPECT_EQ(room[1], kH2StreamWindowBytes);
}

TEST_F(H2SessionTest, TheRestOfABodyIsDroppedUpToALimit) {
    const auto stream = request(h2_request("PUT", "/"), false);
    (void)said();
    feed(h2_frame(NGHTTP2_DATA, 0, 1, std::string(16 * kKiB, 'x')));
    session().discard_rest(*stream);
    EXPECT_TRUE(stream->arrived.empty());
    std::optional<std::uint32_t> code;
    std::uint64_t sent = 0;
    while (!code && sent < 2 * kDrainBytesMax) {
        feed(h2_frame(NGHTTP2_DATA, 0, 1, std::string(16 * kKiB, 'x')));
        sent += 16 * kKiB;
        code = reset_code();
    }
    EXPECT_EQ(code, NGHTTP2_NO_ERROR);
    EXPECT_GT(sent, kDrainBytesMax);
    EXPECT_TRUE(stream->arrived.empty());
}

TEST_F(H2SessionTest, MoreStreamsThanAllowedAreRefused) {
    acknowledge_ = false;  // a client that did not know
    limits_.http2_streams_max = 3;
    for (const std::uint32_t id : {1U, 3U, 5U, 7U}) {
        feed(h2_headers(id, h2_request("PUT", "/"), false));
    }
    EXPECT_EQ(session().take_requests().size(), 3U);
    EXPECT_EQ(reset_code(), NGHTTP2_REFUSED_STREAM);
}

TEST_F(H2SessionTest, MoreStreamsThanAgreedEndTheConnection) {
    limits_.http2_streams_max = 3;
    for (const std::uint32_t id : {1U, 3U, 5U, 7U}) {
        feed(h2_headers(id, h2_request("PUT", "/"), false));
    }
    EXPECT_EQ(goodbye(), NGHTTP2_PROTOCOL_ERROR);
}

TEST_F(H2SessionTest, AfterItsGoodbyeNothingNewBegins) {
    const auto stream = request(h2_request("PUT", "/"), false);
    session().shut_down();
    const std::vector<Frame> frames = said();
    EXPECT_EQ(frames.back().type, NGHTTP2_GOAWAY);
    EXPECT_EQ(frames.back().number(0), 1U);
    EXPECT_FALSE(session().finished());
    feed(h2_headers(3, h2_request("GET", "/")));
    EXPECT_TRUE(session().take_requests().empty());
    feed(h2_frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, "x"));
    EXPECT_TRUE(stream->request_ended);
    session().respond(*stream, Response(204), "", true);
    (void)said();
    EXPECT_TRUE(session().finished());
}

// --- What a hostile client may try. Each is fine up to its limit, and cut off one beyond.

TEST_F(H2SessionTest, RapidReset) {
    limits_.http2_resets_per_second_max = 20;
    std::uint32_t id = 1;
    for (int i = 0; i < 20; ++i, id += 2) {
        feed(h2_headers(id, h2_request("GET", "/")) +
             h2_frame(NGHTTP2_RST_STREAM, 0, id, number(NGHTTP2_CANCEL)));
    }
    EXPECT_EQ(goodbye(), std::nullopt);
    EXPECT_TRUE(session().streams().empty());
    feed(h2_headers(id, h2_request("GET", "/")) +
         h2_frame(NGHTTP2_RST_STREAM, 0, id, number(NGHTTP2_CANCEL)));
    EXPECT_EQ(goodbye(), NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST_F(H2SessionTest, ResetsThatTheServerIsMadeToSend) {
    limits_.http2_resets_per_second_max = 20;
    std::optional<std::uint32_t> code;
    std::uint32_t id = 1;
    for (int i = 0; i < 30 && !code; ++i, id += 2) {
        feed(h2_headers(id, h2_request("GET", "/")) +
             h2_frame(NGHTTP2_WINDOW_UPDATE, 0, id, number(0x7FFF'FFFF)));
        code = goodbye();
    }
    EXPECT_EQ(code, NGHTTP2_ENHANCE_YOUR_CALM);
    EXPECT_EQ(id, 2U * 21 + 1);
}

struct Flood {
    const char* name;
    std::string frame;
};

class H2FloodTest : public H2SessionTest, public testing::WithParamInterface<Flood> {};

TEST_P(H2FloodTest, IsCutOff) {
    limits_.http2_idle_frames_per_second_max = 100;
    const auto stream = request(h2_request("PUT", "/"), false);
    for (int i = 0; i < 98; ++i) {  // the greeting's two SETTINGS came before
        feed(GetParam().frame);
        ASSERT_EQ(goodbye(), std::nullopt) << i;
    }
    feed(GetParam().frame);
    EXPECT_EQ(goodbye(), NGHTTP2_ENHANCE_YOUR_CALM);
    EXPECT_TRUE(stream->arrived.empty());
}

INSTANTIATE_TEST_SUITE_P(
    All, H2FloodTest,
    testing::Values(Flood{"Ping", h2_frame(NGHTTP2_PING, 0, 0, "12345678")},
                    Flood{"PingAnswer", h2_frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, "12345678")},
                    Flood{"Settings", h2_frame(NGHTTP2_SETTINGS, 0, 0, "")},
                    Flood{"Priority", h2_frame(NGHTTP2_PRIORITY, 0, 1, std::string(4, '\0') + "x")},
                    Flood{"EmptyData", h2_frame(NGHTTP2_DATA, 0, 1, "")},
                    Flood{"PaddedEmptyData", h2_frame(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1,
                                                      std::string("\x05") + std::string(5, '\0'))},
                    Flood{"WindowUpdate", h2_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, number(1))},
                    Flood{"UnknownFrame", h2_frame(0x77, 0, 1, "x")}),
    [](const testing::TestParamInfo<Flood>& flood) { return flood.param.name; });

TEST_F(H2SessionTest, AHeadWithoutEnd) {
    const std::string block = h2_block(h2_request("GET", "/"));
    feed(h2_frame(NGHTTP2_HEADERS, 0, 1, block));
    std::optional<std::uint32_t> code;
    int frames = 0;
    while (!code && frames < 1000) {
        feed(h2_frame(NGHTTP2_CONTINUATION, 0, 1, ""));
        ++frames;
        code = goodbye();
    }
    EXPECT_TRUE(code);
    EXPECT_LT(frames, 20);
}

TEST_F(H2SessionTest, AHeadThatIsTooLargeIsAnswered) {
    auto fields = h2_request("GET", "/");
    fields.emplace_back("x-a", std::string(15'000, 'a'));
    fields.emplace_back("x-b", std::string(15'000, 'b'));
    fields.emplace_back("x-c", std::string(15'000, 'c'));
    const std::string block = h2_block(fields);
    feed(h2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, block.substr(0, 16'000)) +
         h2_frame(NGHTTP2_CONTINUATION, 0, 1, block.substr(16'000, 16'000)) +
         h2_frame(NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1, block.substr(32'000)));
    const auto requests = session().take_requests();
    ASSERT_EQ(requests.size(), 1U);
    const auto problem = requests[0]->head.finish(false);
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->status, 431);
    EXPECT_EQ(goodbye(), std::nullopt);
}

/// A table entry of 4 KiB, then the entry again and again, one byte each.
TEST_F(H2SessionTest, AHeadThatUnfoldsWithoutEnd) {
    std::string entry =
        "\x40\x01"
        "b\x7F";  // literal with indexing, name "b", a long value
    const std::size_t size = 3'000;
    entry += static_cast<char>((size - 127) % 128 + 128);
    entry += static_cast<char>((size - 127) / 128);
    entry += std::string(size, 'x');
    feed(h2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM | NGHTTP2_FLAG_END_HEADERS, 1,
                  h2_block(h2_request("GET", "/")) + entry));
    ASSERT_EQ(session().take_requests().size(), 1U);
    feed(h2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM | NGHTTP2_FLAG_END_HEADERS, 3,
                  h2_block(h2_request("GET", "/")) + std::string(10'000, '\xBE')));
    EXPECT_EQ(goodbye(), NGHTTP2_ENHANCE_YOUR_CALM);
    EXPECT_TRUE(session().take_requests().empty());
}

TEST_F(H2SessionTest, AnswersThatNobodyReadsDoNotPileUp) {
    limits_.http2_idle_frames_per_second_max = 1'000'000;
    std::string pings;
    for (int i = 0; i < 5'000; ++i) {
        pings += h2_frame(NGHTTP2_PING, 0, 0, "12345678");
    }
    feed(pings);
    EXPECT_EQ(goodbye(), NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST_F(H2SessionTest, RefusalsThatNobodyReadsDoNotPileUp) {
    acknowledge_ = false;
    limits_.http2_streams_max = 1;
    limits_.http2_resets_per_second_max = 1'000'000;
    feed(h2_headers(1, h2_request("PUT", "/"), false));
    std::string heads;
    for (std::uint32_t id = 3; id < 20'000; id += 2) {
        heads += h2_headers(id, h2_request("GET", "/"));
    }
    // The connection reads 16 KiB at a time.
    for (std::size_t at = 0; at < heads.size(); at += 16 * kKiB) {
        feed(heads.substr(at, 16 * kKiB));
    }
    EXPECT_EQ(goodbye(), NGHTTP2_ENHANCE_YOUR_CALM);
}

}  // namespace
}  // namespace berth::http
