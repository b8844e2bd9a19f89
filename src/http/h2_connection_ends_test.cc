// SPDX-License-Identifier: Apache-2.0
//
// How an HTTP/2 connection and its streams end: drains and deadlines.
#include "http/h2_session.h"
#include "http/testing/h2_connection_fixture.h"

namespace berth::http {
namespace {

// --- Draining

TEST_F(H2ConnectionTest, ADrainEndsASilentConnection) {
    pipe_.when_quiet = [this] { loop_.drain_all(); };
    serve();
    EXPECT_TRUE(client_.going_away);
    EXPECT_TRUE(pipe_.sending_ended);
}

TEST_F(H2ConnectionTest, ADrainWaitsForTheRequestsUnderWay) {
    const std::string start = "some";
    const std::int32_t id = client_.ask(h2_request("PUT", "/echo"), &start, true);
    pipe_.when_quiet = [this] { loop_.drain_all(); };
    client_.when_received = [this, told = false]() mutable {
        if (client_.going_away && !told) {
            told = true;
            client_.add(0, " more", true);
        }
    };
    serve();
    EXPECT_EQ(client_.answers[id].body, "some more");
    EXPECT_TRUE(pipe_.sending_ended);
}

TEST_F(H2ConnectionTest, AConnectionThatBeginsInADrain) {
    loop_.drain_all();
    serve();
    EXPECT_TRUE(client_.going_away);
}

TEST_F(H2ConnectionTest, ADrainLeavesADownloadThatMovesItsTime) {
    limits_.body_timeout = std::chrono::seconds(0);  // until it has begun
    service_.file_content.assign(2 * kMiB, 'f');
    client_.get("/file");
    client_.when_received = [this, looks = 0]() mutable {
        if (client_.answers[1].body.size() > 64 * kKiB) {
            limits_.body_timeout = std::chrono::minutes(1);
            if (++looks == 2) {
                loop_.drain_all();
                loop_.sweep();
            }
        }
    };
    serve();
    EXPECT_TRUE(client_.going_away);
    EXPECT_EQ(client_.answers[1].body.size(), 2 * kMiB + 6);
    EXPECT_TRUE(client_.answers[1].ended);
}

TEST_F(H2ConnectionTest, InADrainAStreamThatStopsEndsAlone) {
    const std::string start = "some";
    const std::int32_t stopped = client_.ask(h2_request("PUT", "/echo"), &start, true);
    const std::int32_t slow = client_.get("/slow");
    limits_.body_timeout = std::chrono::seconds(0);
    pipe_.when_quiet = [this] {
        loop_.drain_all();
        loop_.sweep();
    };
    serve();
    EXPECT_TRUE(client_.going_away);
    EXPECT_EQ(client_.answers[stopped].error_code, NGHTTP2_CANCEL);
    EXPECT_EQ(client_.answers[slow].body, "/slow");
    EXPECT_TRUE(pipe_.sending_ended);
}

// --- Deadlines. A time of zero has passed when the loop looks at its watches.

using std::chrono::seconds;

class H2DeadlineTest : public H2ConnectionTest {
  protected:
    /// An upload whose body does not come is cut at the first look, and it alone.
    void expect_begun_upload_ends() {
        const std::string start = "some";
        const std::int32_t id = client_.ask(h2_request("PUT", "/echo"), &start, true);
        pipe_.when_quiet = [this] { loop_.sweep(); };
        client_.leave_after(1);
        serve();
        EXPECT_EQ(client_.answers[id].error_code, NGHTTP2_CANCEL);
        EXPECT_EQ(service_.outcomes.at(0).status, 400);
    }
};

TEST_F(H2ConnectionTest, ASilentConnectionIsEnded) {
    limits_.idle_timeout = seconds(0);
    pipe_.when_quiet = [this] { loop_.sweep(); };
    serve();
    EXPECT_TRUE(client_.going_away);
    EXPECT_EQ(client_.goaway_code, NGHTTP2_NO_ERROR);
    EXPECT_TRUE(pipe_.sending_ended);
}

TEST_F(H2ConnectionTest, TheEndOfADrainClosesAtOnce) {
    const std::string start = "some";
    client_.ask(h2_request("PUT", "/echo"), &start, true);
    pipe_.when_quiet = [this] { loop_.expire_all(); };
    serve();
    EXPECT_FALSE(pipe_.sending_ended);
    EXPECT_EQ(service_.outcomes.size(), 1U);
}

TEST_F(H2ConnectionTest, AHeadThatDoesNotEnd) {
    limits_.header_timeout = seconds(0);
    pipe_.when_written = nullptr;  // the client of the fixture would answer, inside the head
    pipe_.push(h2_greeting() + h2_frame(NGHTTP2_HEADERS, 0, 1, h2_block(h2_request("GET", "/"))));
    pipe_.when_quiet = [this] { loop_.sweep(); };
    serve();
    EXPECT_FALSE(pipe_.sending_ended);
}

TEST_F(H2DeadlineTest, ABodyThatStops) {
    limits_.body_timeout = seconds(0);
    expect_begun_upload_ends();
}

TEST_F(H2DeadlineTest, ARequestThatTakesTooLong) {
    limits_.request_timeout = seconds(0);
    expect_begun_upload_ends();
}

TEST_F(H2ConnectionTest, AResponseThatNobodyTakes) {
    limits_.body_timeout = seconds(0);
    client_.close_windows();
    const std::int32_t id = client_.get("/slow");
    pipe_.when_quiet = [this] { loop_.sweep(); };
    client_.leave_after(1);
    serve();
    EXPECT_EQ(client_.answers[id].status(), 200);
    EXPECT_EQ(client_.answers[id].error_code, NGHTTP2_CANCEL);
}

TEST_F(H2ConnectionTest, AConnectionThatTakesNothing) {
    limits_.body_timeout = seconds(0);
    pipe_.stuck = true;
    client_.get("/stuck");
    pipe_.when_quiet = [this] { loop_.sweep(); };
    serve();
    EXPECT_EQ(pipe_.from_server, "");
}

}  // namespace
}  // namespace berth::http
