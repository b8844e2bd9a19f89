// SPDX-License-Identifier: Apache-2.0
#include "http/h1_response.h"

#include <gtest/gtest.h>

namespace berth::http {
namespace {

constexpr std::time_t kMoment = 1'714'642'867;

std::string rendered(const Response& response, bool keep_alive = true) {
    std::string out;
    DateText date;
    render_head(response, keep_alive, date.at(kMoment), out);
    return out;
}

TEST(RenderHead, ExactBytesInTheOrderOfTheWire) {
    Response response(404);
    response.content_type = "application/json; charset=utf-8";
    response.body = std::string("{}\n");
    response.headers.emplace_back("Docker-Distribution-Api-Version", "registry/2.0");
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    EXPECT_EQ(rendered(response),
              "HTTP/1.1 404 Not Found\r\n"
              "Server: AzureContainerRegistry\r\n"
              "Date: Thu, 02 May 2024 09:41:07 GMT\r\n"
              "Content-Type: application/json; charset=utf-8\r\n"
              "Content-Length: 3\r\n"
              "Connection: keep-alive\r\n"
              "Docker-Distribution-Api-Version: registry/2.0\r\n"
              "X-Content-Type-Options: nosniff\r\n"
              "\r\n");
}

TEST(RenderHead, AnEmptyAnswerStillHasALength) {
    EXPECT_EQ(rendered(Response(202), false),
              "HTTP/1.1 202 Accepted\r\n"
              "Server: AzureContainerRegistry\r\n"
              "Date: Thu, 02 May 2024 09:41:07 GMT\r\n"
              "Content-Length: 0\r\n"
              "Connection: close\r\n"
              "\r\n");
}

TEST(RenderHead, AnswersThatNeverHaveABodyHaveNoLength) {
    for (const int status : {204, 304}) {
        EXPECT_EQ(rendered(Response(status)).find("Content-Length"), std::string::npos) << status;
    }
}

TEST(RenderHead, TheLengthWithheldByHead) {
    Response response(200);
    response.withheld_length = 123'456'789'012;
    EXPECT_NE(rendered(response).find("\r\nContent-Length: 123456789012\r\n"), std::string::npos);
}

TEST(RenderHead, AppendsOnly) {
    std::string out = "before";
    render_head(Response(200), true, "now", out);
    EXPECT_TRUE(out.starts_with("beforeHTTP/1.1 200 OK\r\n"));
}

std::string date_of(std::time_t time) {
    std::string out;
    append_http_date(time, out);
    return out;
}

TEST(HttpDate, IsAlwaysOfTheSameWidth) {
    EXPECT_EQ(date_of(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(date_of(951'782'400), "Tue, 29 Feb 2000 00:00:00 GMT");
    EXPECT_EQ(date_of(1'735'689'599), "Tue, 31 Dec 2024 23:59:59 GMT");
}

TEST(Reason, EveryStatusWeSendHasOne) {
    for (const int status : {200, 201, 202, 204, 206, 301, 304, 400, 401, 403, 404, 405,
                             408, 409, 413, 414, 416, 417, 421, 429, 431, 500, 503, 507}) {
        EXPECT_NE(reason_of(status), "Unknown") << status;
    }
    EXPECT_EQ(reason_of(299), "Unknown");
}

}  // namespace
}  // namespace berth::http
