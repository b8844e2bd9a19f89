// SPDX-License-Identifier: Apache-2.0
#include "http/h1_connection.h"

#include "http/testing/fake_stream.h"
#include "http/testing/scripted_service.h"
#include "io/resume.h"

#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>

namespace berth::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using AtEnd = FakeStream::AtEnd;

/// Serves one connection to its end.
class ConnectionTest : public testing::Test {
  protected:
    FakeStream& serve(std::vector<std::string> pieces, AtEnd at_end = AtEnd::peer_ends) {
        stream_ = std::make_unique<FakeStream>(loop_, std::move(pieces), at_end);
        stream_->when_waiting = when_waiting_;
        stream_->when_writing = when_writing_;
        loop_.context().restart();
        boost::asio::co_spawn(
            loop_.context(), serve_h1(loop_, *stream_, Peer("192.0.2.1", false), service_, limits_),
            [this](std::exception_ptr) { loop_.stop(); });
        loop_.run();
        EXPECT_TRUE(stream_->closed);
        EXPECT_EQ(loop_.watched(), 0U);
        return *stream_;
    }

    std::string answer(std::string request, AtEnd at_end = AtEnd::peer_ends) {
        return serve({std::move(request)}, at_end).output;
    }

    /// Statuses in the order of their lines.
    static std::vector<std::string> statuses(const std::string& output) {
        std::vector<std::string> found;
        for (std::size_t at = output.find("HTTP/1.1 "); at != std::string::npos;
             at = output.find("HTTP/1.1 ", at + 1)) {
            found.push_back(output.substr(at + 9, 3));
        }
        return found;
    }

    io::Loop loop_;
    ScriptedService service_;
    Limits limits_;
    std::function<void()> when_waiting_;
    std::function<void()> when_writing_;
    std::unique_ptr<FakeStream> stream_;
};

std::string get(const std::string& target, const std::string& more = "") {
    return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + more + "\r\n";
}

std::string put(const std::string& target, const std::string& body, const std::string& more = "") {
    return "PUT " + target +
           " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           more + "\r\n" + body;
}

TEST_F(ConnectionTest, OneRequestOneAnswer) {
    const std::string output = answer(get("/hello"));
    EXPECT_THAT(output, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(output, HasSubstr("\r\nContent-Length: 6\r\nConnection: keep-alive\r\n"));
    EXPECT_TRUE(output.ends_with("\r\n\r\n/hello"));
    ASSERT_EQ(service_.outcomes.size(), 1U);
    EXPECT_EQ(service_.outcomes[0].status, 200);
    EXPECT_EQ(service_.outcomes[0].bytes_out, output.size());
    EXPECT_EQ(service_.addresses[0], "192.0.2.1");
}

TEST_F(ConnectionTest, AHeadInManyPieces) {
    std::vector<std::string> bytes;
    for (const char byte : get("/slow")) {
        bytes.emplace_back(1, byte);
    }
    EXPECT_TRUE(serve(std::move(bytes)).output.ends_with("/slow"));
}

TEST_F(ConnectionTest, RequestsFollowEachOther) {
    serve({get("/1"), put("/echo", "two"), get("/3")});
    EXPECT_THAT(service_.targets, ElementsAre("/1", "/echo", "/3"));
    EXPECT_TRUE(stream_->output.ends_with("/3"));
}

TEST_F(ConnectionTest, PipelinedRequestsAreAnsweredInOrder) {
    std::string all;
    for (int i = 0; i < 50; ++i) {
        all += get("/" + std::to_string(i)) + put("/echo", "body " + std::to_string(i));
    }
    const std::string output = answer(all);
    ASSERT_EQ(service_.targets.size(), 100U);
    EXPECT_EQ(service_.targets[98], "/49");
    std::size_t at = 0;
    for (int i = 0; i < 50; ++i) {
        at = output.find("\r\n\r\nbody " + std::to_string(i) + (i < 49 ? "HTTP" : ""), at);
        ASSERT_NE(at, std::string::npos) << i;
    }
}

TEST_F(ConnectionTest, PipelinedBehindAChunkedBody) {
    const std::string first =
        "PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n0\r\n\r\n";
    const std::string output = answer(first + get("/next"));
    EXPECT_THAT(service_.targets, ElementsAre("/echo", "/next"));
    EXPECT_THAT(output, HasSubstr("\r\n\r\nhelloHTTP/1.1 200"));
}

TEST_F(ConnectionTest, EmptyLinesBeforeARequestAreIgnored) {
    EXPECT_THAT(statuses(serve({"\r\n\r", "\n" + get("/1") + "\r\n" + get("/2")}).output),
                ElementsAre("200", "200"));
}

TEST_F(ConnectionTest, AnUnreadBodyIsDrained) {
    answer(put("/ignore", std::string(100'000, 'x')) + get("/next"));
    EXPECT_THAT(service_.targets, ElementsAre("/ignore", "/next"));
    EXPECT_THAT(stream_->output, HasSubstr("ignoredHTTP/1.1 200"));
}

TEST_F(ConnectionTest, AnUnreadBodyOfUnknownLengthIsDrained) {
    answer(
        "PUT /ignore HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n0\r\n\r\n" +
        get("/next"));
    EXPECT_THAT(service_.targets, ElementsAre("/ignore", "/next"));
}

TEST_F(ConnectionTest, ABigUnreadBodyClosesAfterTheAnswer) {
    const std::string head =
        "PUT /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(kDrainBytesMax + 1) +
        "\r\n\r\n";
    const FakeStream& stream = serve({head, std::string(1000, 'x')}, AtEnd::peer_ends);
    EXPECT_THAT(stream.output, HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_TRUE(stream.output.ends_with("ignored"));
    EXPECT_TRUE(stream.sending_ended);
}

TEST_F(ConnectionTest, AnEndlessUnreadBodyIsNotReadForEver) {
    std::vector<std::string> pieces = {
        "PUT /ignore HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"};
    for (std::uint64_t sent = 0; sent < 2 * kDrainBytesMax; sent += 64 * kKiB) {
        pieces.push_back("10000\r\n" + std::string(64 * kKiB, 'x') + "\r\n");
    }
    limits_.refused_body_bytes_max = kMiB;
    const FakeStream& stream = serve(std::move(pieces), AtEnd::peer_waits);
    EXPECT_TRUE(stream.output.ends_with("ignored"));
    EXPECT_LT(stream.bytes_read, kDrainBytesMax + kMiB);
}

// Some SDKs send all of a chunk before they read that they need a token.
TEST_F(ConnectionTest, ABodyWhoseConnectionEndsIsReadAsLongAsItComes) {
    const std::uint64_t length = 2 * kDrainBytesMax;
    std::vector<std::string> pieces = {"PUT /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                                       std::to_string(length) + "\r\n\r\n"};
    for (std::uint64_t sent = 0; sent < length; sent += kMiB) {
        pieces.emplace_back(kMiB, 'x');
    }
    const FakeStream& stream = serve(std::move(pieces), AtEnd::peer_waits);
    EXPECT_TRUE(stream.output.ends_with("ignored"));
    EXPECT_GE(stream.bytes_read, length);
}

TEST_F(ConnectionTest, BrokenFramingClosesAndSaysSo) {
    answer("PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" +
           get("/smuggled"));
    EXPECT_THAT(service_.targets, ElementsAre("/echo"));
    EXPECT_THAT(statuses(stream_->output), ElementsAre("400"));
    EXPECT_THAT(stream_->output, HasSubstr("\r\nConnection: close\r\n"));
}

TEST_F(ConnectionTest, CloseIsByClientServiceOrVersion) {
    for (const std::string& request :
         {get("/a", "Connection: close\r\n"), get("/close"), std::string("GET /a HTTP/1.0\r\n\r\n"),
          std::string("GET /a HTTP/1.0\r\nHost: a\r\n\r\n")}) {
        service_.targets.clear();
        const std::string output = answer(request + get("/next"));
        EXPECT_THAT(output, HasSubstr("\r\nConnection: close\r\n")) << request;
        EXPECT_EQ(service_.targets.size(), 1U) << request;
        EXPECT_TRUE(stream_->sending_ended) << request;
    }
}

TEST_F(ConnectionTest, Http10MayAskToBeKept) {
    const std::string output =
        answer("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + get("/2"));
    EXPECT_THAT(output, HasSubstr("\r\nConnection: keep-alive\r\n"));
    EXPECT_THAT(service_.targets, ElementsAre("/1", "/2"));
}

TEST_F(ConnectionTest, HeadGetsTheLengthWithoutTheBody) {
    const std::string output = answer("HEAD /text HTTP/1.1\r\nHost: a\r\n\r\n" +
                                      std::string("HEAD /file HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_THAT(output, HasSubstr("\r\nContent-Length: 5\r\n"));
    EXPECT_THAT(output, HasSubstr("\r\nContent-Length: 16\r\n"));
    EXPECT_THAT(output, Not(HasSubstr("/text")));
    EXPECT_TRUE(output.ends_with("\r\n\r\n"));
    EXPECT_EQ(stream_->files_sent, 0U);
}

TEST_F(ConnectionTest, FilesGoOutPieceByPieceUnderOneCork) {
    const std::string output = answer(get("/file"));
    EXPECT_THAT(output, HasSubstr("\r\nContent-Length: 16\r\n"));
    EXPECT_TRUE(output.ends_with("\r\n\r\n<0123456789|234>"));
    EXPECT_THAT(stream_->corks, ElementsAre(true, false));
    EXPECT_EQ(service_.outcomes[0].bytes_out, output.size());
}

TEST_F(ConnectionTest, ContinueOnlyWhenTheServiceReads) {
    const std::string expecting = "Expect: 100-continue\r\n";
    const std::string head =
        "PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n" + expecting + "\r\n";
    serve({head, "hello", get("/next")});
    EXPECT_THAT(statuses(stream_->output), ElementsAre("100", "200", "200"));

    serve({"PUT /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n" + expecting + "\r\n"},
          AtEnd::peer_ends);
    EXPECT_THAT(statuses(stream_->output), ElementsAre("401"));
    EXPECT_THAT(stream_->output, HasSubstr("\r\nConnection: close\r\n"));
}

TEST_F(ConnectionTest, HostileHeadsAreRefusedAndTheConnectionEnds) {
    const std::string output = answer("GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + get("/b"));
    EXPECT_THAT(statuses(output), ElementsAre("400"));
    EXPECT_THAT(output, HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_TRUE(output.ends_with("more than one Host"));
    EXPECT_TRUE(service_.targets.empty());
    EXPECT_TRUE(stream_->sending_ended);
}

TEST_F(ConnectionTest, ATargetTooLongIs414) {
    limits_.target_bytes_max = 1000;
    EXPECT_THAT(statuses(answer(get("/" + std::string(999, 'a')))), ElementsAre("200"));
    EXPECT_THAT(statuses(answer(get("/" + std::string(1000, 'a')))), ElementsAre("414"));
    EXPECT_THAT(statuses(answer("GET /" + std::string(1000, 'a') + "\r\n\r\n")),
                ElementsAre("414"));
    const std::string split = get("/" + std::string(999, 'a'));
    EXPECT_THAT(statuses(serve({split.substr(0, 1012), split.substr(1012)}).output),
                ElementsAre("200"));
    // Also when the line never ends.
    EXPECT_THAT(statuses(answer("GET /" + std::string(2000, 'a'))), ElementsAre("414"));
}

TEST_F(ConnectionTest, AHeadTooLargeIs431) {
    limits_.header_bytes_max = 2000;
    const std::string fits = get("/", "X: " + std::string(1900, 'a') + "\r\n");
    EXPECT_THAT(statuses(answer(fits)), ElementsAre("200"));
    const std::string over = get("/", "X: " + std::string(2000, 'a') + "\r\n");
    EXPECT_THAT(statuses(answer(over)), ElementsAre("431"));
    EXPECT_THAT(statuses(answer(over.substr(0, over.size() - 4))), ElementsAre("431"));
    // What follows a head does not count.
    EXPECT_THAT(statuses(answer(put("/echo", std::string(10'000, 'a')))), ElementsAre("200"));
}

TEST_F(ConnectionTest, TooManyFieldsAre431) {
    limits_.header_count_max = 3;  // Host is one
    EXPECT_THAT(statuses(answer(get("/", "A: 1\r\nB: 2\r\n"))), ElementsAre("200"));
    EXPECT_THAT(statuses(answer(get("/", "A: 1\r\nB: 2\r\nC:\r\n"))), ElementsAre("431"));
}

TEST_F(ConnectionTest, APeerThatLeavesInsideAHeadGetsNothing) {
    EXPECT_EQ(answer("GET / HT"), "");
    EXPECT_EQ(answer(""), "");
}

TEST_F(ConnectionTest, DrainEndsAnIdleConnectionTheSecondTime) {
    when_waiting_ = [this] {
        loop_.drain_all();
        EXPECT_FALSE(stream_->closed) << "a request may be on its way";
        loop_.drain_all();
    };
    const FakeStream& stream = serve({get("/1")}, AtEnd::peer_waits);
    EXPECT_THAT(statuses(stream.output), ElementsAre("200"));
}

TEST_F(ConnectionTest, DrainLetsARequestFinish) {
    service_.when_handling = [this] { loop_.drain_all(); };
    const std::string output = answer(put("/echo", "hello") + get("/next"), AtEnd::peer_waits);
    EXPECT_THAT(statuses(output), ElementsAre("200"));
    EXPECT_THAT(output, HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_TRUE(output.ends_with("hello"));
}

TEST_F(ConnectionTest, DrainLetsAHalfReadHeadFinish) {
    when_waiting_ = [this] {
        loop_.drain_all();
        EXPECT_FALSE(stream_->closed);
        loop_.expire_all();
    };
    serve({"GET / HTTP/1.1\r\n"}, AtEnd::peer_waits);
}

// A refused client that keeps its socket open has its answer; it must not hold up a shutdown.
TEST_F(ConnectionTest, DrainDoesNotWaitForARefusedClient) {
    when_waiting_ = [this] {
        loop_.drain_all();
        EXPECT_TRUE(stream_->closed);
        loop_.expire_all();
    };
    const FakeStream& stream =
        serve({"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"}, AtEnd::peer_waits);
    EXPECT_THAT(statuses(stream.output), ElementsAre("400"));
}

TEST_F(ConnectionTest, ExpireEndsAnyWait) {
    when_waiting_ = [this] { loop_.expire_all(); };
    EXPECT_EQ(serve({}, AtEnd::peer_waits).output, "");
    // Inside a body the service sees it, and its answer is lost with the connection.
    const std::string request = put("/echo", "hello");
    serve({request.substr(0, request.size() - 2)}, AtEnd::peer_waits);
    ASSERT_EQ(service_.outcomes.size(), 1U);
    EXPECT_EQ(service_.outcomes[0].status, 400);
    EXPECT_EQ(service_.outcomes[0].bytes_out, 0U);
}

TEST_F(ConnectionTest, TheSweepEndsARequestThatTakesTooLong) {
    limits_.request_timeout = std::chrono::seconds(0);
    const std::string request = put("/echo", "hello");
    serve({request.substr(0, request.size() - 2)}, AtEnd::peer_waits);
    ASSERT_EQ(service_.outcomes.size(), 1U);
    EXPECT_EQ(service_.outcomes[0].status, 400);
    // Not what waits for its next request.
    EXPECT_THAT(statuses(serve({get("/a"), get("/b")}).output), ElementsAre("200", "200"));
}

// A client that takes a long text slowly makes progress, too.
TEST_F(ConnectionTest, ALongTextHasItsTimePieceByPiece) {
    const std::string body(300'000, 'x');
    int writes = 0;
    when_writing_ = [this, &writes] {
        if (++writes == 2) {
            loop_.sweep();  // what the first piece had is over
        }
        limits_.body_timeout = std::chrono::minutes(1);
    };
    service_.when_handling = [this] { limits_.body_timeout = std::chrono::seconds(0); };
    const std::string output = answer(put("/echo", body));
    EXPECT_GT(writes, 2);
    EXPECT_TRUE(output.ends_with("\r\n\r\n" + body));
    EXPECT_EQ(service_.outcomes.at(0).bytes_out, output.size());
}

TEST_F(ConnectionTest, ARefusedHeadIsToldOf) {
    const std::string twice = "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
    serve({twice});
    serve({"\x16\x03\x01 hello"});
    limits_.target_bytes_max = 8;
    serve({"PUT /much/too/long"});
    EXPECT_THAT(service_.refusals,
                ElementsAre("400 GET /x 192.0.2.1 in " + std::to_string(twice.size()) + " answered",
                            "400 \x16\x03\x01 hello 192.0.2.1 in 9 answered",
                            "414 PUT /much/too/long 192.0.2.1 in 18 answered"));
}

TEST_F(ConnectionTest, AHeadThatDoesNotEndIsToldOf) {
    limits_.header_timeout = std::chrono::seconds(0);
    serve({"GET /slow HTTP/1.1\r\nHo"}, AtEnd::peer_waits);
    EXPECT_THAT(service_.refusals, ElementsAre("408 GET /slow 192.0.2.1 in 22 left alone"));
}

TEST_F(ConnectionTest, AClientThatSaysNothingOrLeavesIsNoRefusal) {
    limits_.idle_timeout = std::chrono::seconds(0);
    serve({}, AtEnd::peer_waits);
    serve({"GET / HT"});
    EXPECT_THAT(service_.refusals, IsEmpty());
}

TEST_F(ConnectionTest, TheSweepEndsAnIdleConnection) {
    limits_.idle_timeout = std::chrono::seconds(0);
    EXPECT_EQ(serve({}, AtEnd::peer_waits).output, "");
}

}  // namespace
}  // namespace berth::http
