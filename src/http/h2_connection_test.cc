// SPDX-License-Identifier: Apache-2.0
#include "http/h2_session.h"
#include "http/testing/h2_connection_fixture.h"
#include "io/resume.h"

#include <gmock/gmock.h>

namespace berth::http {
namespace {

using testing::ElementsAre;

TEST_F(H2ConnectionTest, OneRequestOneAnswer) {
    const H2Answer got = answer(h2_request("GET", "/hello"));
    EXPECT_EQ(got.status(), 200);
    EXPECT_EQ(got.body, "/hello");
    EXPECT_TRUE(got.ended);
    EXPECT_FALSE(got.reset);
    ASSERT_EQ(got.headers.size(), 4U);
    EXPECT_EQ(got.headers[0].first, "server");
    EXPECT_EQ(got.headers[1].first, "date");
    EXPECT_EQ(got.headers[1].second.size(), 29U);
    EXPECT_THAT(got.headers[2], testing::Pair("content-type", "text/plain"));
    EXPECT_THAT(got.headers[3], testing::Pair("content-length", "6"));
    ASSERT_EQ(service_.outcomes.size(), 1U);
    EXPECT_EQ(service_.outcomes[0].status, 200);
    EXPECT_GT(service_.outcomes[0].bytes_out, got.body.size() + 18);
    EXPECT_EQ(service_.addresses[0], "192.0.2.1");
}

TEST_F(H2ConnectionTest, AHeadRequestHasNoBody) {
    const H2Answer got = answer(h2_request("HEAD", "/hello"));
    EXPECT_EQ(got.header("content-length"), "6");
    EXPECT_EQ(got.body, "");
    EXPECT_TRUE(got.ended);
}

TEST_F(H2ConnectionTest, ManyRequestsAtOnce) {
    for (int i = 0; i < 100; ++i) {
        client_.get("/" + std::to_string(i));
        client_.put("/echo", "body " + std::to_string(i));
    }
    client_.leave_after(200);
    serve();
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(client_.answers[4 * i + 1].body, "/" + std::to_string(i));
        EXPECT_EQ(client_.answers[4 * i + 3].body, "body " + std::to_string(i));
    }
}

TEST_F(H2ConnectionTest, ABodyLargerThanTheWindows) {
    std::string body(5 * kMiB, 'x');
    body.replace(3 * kMiB, 6, "middle");
    const H2Answer got = answer(h2_request("PUT", "/echo"), &body);
    EXPECT_EQ(got.status(), 200);
    EXPECT_TRUE(got.body == body);
    EXPECT_EQ(service_.outcomes.at(0).bytes_in, body.size());
    EXPECT_LE(pipe_.largest_write, 160 * kKiB);
}

TEST_F(H2ConnectionTest, APieceOfAFileBetweenTexts) {
    const H2Answer got = answer(h2_request("GET", "/file"));
    EXPECT_EQ(got.body, "<0123456789|234>");
    EXPECT_EQ(got.header("content-length"), "16");
}

TEST_F(H2ConnectionTest, ALargeFile) {
    service_.file_content.assign(3 * kMiB, 'f');
    service_.file_content.replace(2 * kMiB, 4, "here");
    const H2Answer got = answer(h2_request("GET", "/file"));
    EXPECT_TRUE(got.body ==
                "<" + service_.file_content + "|" + service_.file_content.substr(2, 3) + ">");
}

TEST_F(H2ConnectionTest, TheHeadOfAFile) {
    const H2Answer got = answer(h2_request("HEAD", "/file"));
    EXPECT_EQ(got.header("content-length"), "16");
    EXPECT_EQ(got.body, "");
}

TEST_F(H2ConnectionTest, ContinueIsSaidWhenTheBodyIsWanted) {
    auto fields = h2_request("PUT", "/echo");
    fields.emplace_back("expect", "100-continue");
    const std::string none;
    const std::int32_t id = client_.ask(fields, &none, true);
    client_.when_received = [this, id, told = false]() mutable {
        if (!told && client_.answers[id].status() == 100) {
            told = true;
            client_.add(0, "the body", true);
        }
    };
    client_.leave_after(1);
    serve();
    EXPECT_THAT(client_.answers[id].statuses, ElementsAre(100, 200));
    EXPECT_EQ(client_.answers[id].body, "the body");
}

TEST_F(H2ConnectionTest, ContinueIsNotSaidOtherwise) {
    auto fields = h2_request("PUT", "/refuse");
    fields.emplace_back("expect", "100-continue");
    const std::string none;
    const std::int32_t id = client_.ask(fields, &none, true);
    client_.leave_after(1);
    serve();
    EXPECT_THAT(client_.answers[id].statuses, ElementsAre(401));
    EXPECT_TRUE(client_.answers[id].ended);
    EXPECT_TRUE(client_.answers[id].reset);
    EXPECT_EQ(client_.answers[id].error_code, NGHTTP2_NO_ERROR);
}

TEST_F(H2ConnectionTest, AnUnreadBodyIsDropped) {
    client_.put("/ignore", std::string(3 * kMiB, 'x'));
    client_.leave_after(1);
    serve();
    EXPECT_EQ(client_.answers[1].body, "ignored");
    EXPECT_FALSE(client_.answers[1].reset);
}

TEST_F(H2ConnectionTest, AnEndlessUnreadBodyIsStopped) {
    client_.put("/ignore", std::string(4 * kDrainBytesMax, 'x'));
    client_.leave_after(1);
    serve();
    EXPECT_EQ(client_.answers[1].body, "ignored");
    EXPECT_TRUE(client_.answers[1].reset);
    EXPECT_EQ(client_.answers[1].error_code, NGHTTP2_NO_ERROR);
}

TEST_F(H2ConnectionTest, AClientThatCancelsEndsTheReadOfItsBody) {
    const std::string start = "some";
    const std::int32_t id = client_.ask(h2_request("PUT", "/echo"), &start, true);
    pipe_.when_quiet = [this, id] {
        client_.reset(id);
        client_.get("/next");
        client_.leave_after(2);
    };
    serve();
    ASSERT_EQ(service_.outcomes.size(), 2U);
    EXPECT_EQ(service_.outcomes[0].status, 400);
    EXPECT_EQ(service_.outcomes[0].bytes_out, 0U);
    EXPECT_EQ(service_.outcomes[1].status, 200);
    EXPECT_EQ(client_.answers[id + 2].body, "/next");
}

TEST_F(H2ConnectionTest, BodiesOfStreamsResetAtOnceTakeNoWindow) {
    limits_.http2_resets_per_second_max = 10'000;
    const std::string start(3000, 'x');
    const std::string whole(1 * kMiB, 'y');
    std::int32_t id = 0;
    client_.when_received = [&] {
        if (id > 0) {
            return;
        }
        for (int i = 0; i < 650; ++i) {
            client_.reset(client_.ask(h2_request("PUT", "/echo"), &start, true));
        }
        id = client_.ask(h2_request("PUT", "/echo"), &whole);
    };
    pipe_.when_quiet = [this] { loop_.expire_all(); };
    client_.leave_after(651);
    serve();
    EXPECT_EQ(client_.answers[id].body.size(), whole.size());
}

TEST_F(H2ConnectionTest, AClientThatGoesAwayEndsItsRequests) {
    const std::string start = "some";
    client_.ask(h2_request("PUT", "/echo"), &start, true);
    client_.ask(h2_request("PUT", "/echo"), &start, true);
    pipe_.when_quiet = [this] { pipe_.end(); };
    serve();
    ASSERT_EQ(service_.outcomes.size(), 2U);
    EXPECT_EQ(service_.outcomes[0].status, 400);
}

TEST_F(H2ConnectionTest, ARefusedHeadIsAnswered) {
    auto fields = h2_request("GET", "/a");
    fields.emplace_back("host", "b");
    const H2Answer got = answer(fields);
    EXPECT_EQ(got.status(), 400);
    EXPECT_EQ(got.body, "Host differs from :authority");
    EXPECT_TRUE(service_.targets.empty());
    ASSERT_EQ(service_.refusals.size(), 1U);
    EXPECT_EQ(service_.refusals[0], "400 GET /a 192.0.2.1 in 0 answered");
}

TEST_F(H2ConnectionTest, AHeadThatIsTooLarge) {
    auto fields = h2_request("HEAD", "/a");
    fields.emplace_back("x-a", std::string(limits_.header_bytes_max, 'x'));
    const H2Answer got = answer(fields);
    EXPECT_EQ(got.status(), 431);
    EXPECT_EQ(got.body, "");
}

TEST_F(H2ConnectionTest, AskingToCloseSaysGoodbye) {
    client_.get("/close");
    client_.get("/other");
    serve();
    EXPECT_EQ(client_.answers[1].body, "/close");
    EXPECT_EQ(client_.answers[3].body, "/other");
    EXPECT_TRUE(client_.going_away);
    EXPECT_EQ(client_.goaway_code, NGHTTP2_NO_ERROR);
    EXPECT_TRUE(pipe_.sending_ended);
}

TEST_F(H2ConnectionTest, TwoDownloadsShareTheConnection) {
    service_.file_content.assign(4 * kMiB, 'f');
    client_.get("/file");
    client_.get("/file");
    std::size_t behind = 0;
    client_.when_received = [&] {
        const std::size_t first = client_.answers[1].body.size();
        const std::size_t second = client_.answers[3].body.size();
        behind = std::max(behind, std::max(first, second) - std::min(first, second));
    };
    client_.leave_after(2);
    serve();
    EXPECT_LT(behind, 1 * kMiB);
    EXPECT_EQ(client_.answers[1].body.size(), 4 * kMiB + 6);
}

TEST_F(H2ConnectionTest, ATerminatedClientGetsAGoodbye) {
    limits_.http2_idle_frames_per_second_max = 5;
    pipe_.when_quiet = [this] {
        for (int i = 0; i < 10; ++i) {
            client_.ping();
        }
    };
    serve();
    EXPECT_EQ(client_.goaway_code, NGHTTP2_ENHANCE_YOUR_CALM);
    EXPECT_TRUE(pipe_.sending_ended);
}

// --- A service that answers when it is told to

class HoldingService final : public Service {
  public:
    io::Task<Response> handle(Exchange& exchange) override {
        ++handled;
        while (!released) {
            co_await io::yield();
        }
        BodyMemory::Share share(memory_);
        const Result<std::string> text = co_await read_all(exchange.body, 64 * kMiB, share);
        Response response(text ? 200 : 400);
        response.body = text.value_or("");
        co_return response;
    }

    Response refuse(const ProtocolError& error) override { return Response(error.status); }

    void completed(const Exchange& /*exchange*/, const Outcome& /*outcome*/) override {
        ++completed_count;
    }

    void refused(const Refusal& /*refusal*/) override {}

    bool released = false;
    int handled = 0;
    int completed_count = 0;

  private:
    BodyMemory memory_{1 * kGiB};
};

class HeldConnectionTest : public testing::Test {
  protected:
    void serve() {
        boost::asio::co_spawn(
            loop_.context(),
            serve_h2(loop_, pipe_, pool_, Peer("192.0.2.1", true), service_, limits_),
            [this](const std::exception_ptr&) { loop_.stop(); });
        loop_.run();
    }

    io::Loop loop_;
    io::BlockingPool pool_{1, 8};
    HoldingService service_;
    Limits limits_;
    H2Pipe pipe_;
    H2Client client_{pipe_};
};

TEST_F(HeldConnectionTest, ABodyThatNobodyReadsStopsItsClient) {
    const std::string body(5 * kMiB, 'x');
    client_.put("/1", body);
    std::size_t sent_unread = 0;
    pipe_.when_quiet = [&] {
        sent_unread = client_.data_sent;
        service_.released = true;
    };
    client_.leave_after(1);
    serve();
    EXPECT_EQ(sent_unread, kH2StreamWindowBytes);
    EXPECT_TRUE(client_.answers[1].body == body);
}

TEST_F(HeldConnectionTest, BodiesThatNobodyReadsAreBoundedTogether) {
    const std::string body(2 * kMiB, 'x');
    for (int i = 0; i < 5; ++i) {
        client_.put("/", body);
    }
    std::size_t sent_unread = 0;
    pipe_.when_quiet = [&] {
        sent_unread = client_.data_sent;
        pipe_.end();
        service_.released = true;
    };
    serve();
    EXPECT_EQ(sent_unread, kH2ConnectionWindowBytes);
    EXPECT_EQ(service_.completed_count, 5);
}

/// Their streams are gone, but not what they began.
TEST_F(HeldConnectionTest, HandlersOfResetStreamsCount) {
    limits_.http2_streams_max = 2;
    client_.get("/1");
    client_.get("/2");
    std::int32_t third = 0;
    std::int32_t fourth = 0;
    pipe_.when_quiet = [&] {
        client_.reset(1);
        client_.reset(3);
        third = client_.get("/3");
        pipe_.when_quiet = [&] {
            service_.released = true;
            pipe_.when_quiet = [&] {
                fourth = client_.get("/4");
                client_.leave_after(4);
            };
        };
    };
    serve();
    EXPECT_EQ(service_.handled, 3);
    EXPECT_EQ(client_.answers[third].error_code, NGHTTP2_REFUSED_STREAM);
    EXPECT_EQ(client_.answers[fourth].status(), 200);
}

}  // namespace
}  // namespace berth::http
