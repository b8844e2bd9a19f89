// SPDX-License-Identifier: Apache-2.0
#include "http/h2_connection.h"

#include "http/testing/h2_pipe.h"
#include "http/testing/scripted_service.h"
#include "io/resume.h"

#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>

namespace berth::http {
namespace {

using testing::ElementsAre;

class H2ConnectionTest : public testing::Test {
  protected:
    /// Serves the connection to its end.
    void serve() {
        loop_.context().restart();
        boost::asio::co_spawn(
            loop_.context(),
            serve_h2(loop_, pipe_, pool_, Peer("192.0.2.1", true), service_, limits_),
            [this](const std::exception_ptr& thrown) {
                EXPECT_EQ(thrown, nullptr);
                loop_.stop();
            });
        loop_.run();
        EXPECT_TRUE(pipe_.closed);
        EXPECT_EQ(loop_.watched(), 0U);
    }

    /// One request, and the answer to it.
    H2Answer answer(const H2TestFields& fields, const std::string* body = nullptr) {
        const std::int32_t id = client_.ask(fields, body);
        client_.leave_after(1);
        serve();
        return client_.answers[id];
    }

    io::Loop loop_;
    io::BlockingPool pool_{1, 8};
    ScriptedService service_;
    Limits limits_;
    H2Pipe pipe_;
    H2Client client_{pipe_};
};

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

}  // namespace
}  // namespace berth::http
