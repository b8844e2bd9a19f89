// SPDX-License-Identifier: Apache-2.0
#include "http/h1_head.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace berth::http {
namespace {

constexpr std::string_view kHead =
    "PATCH /v2/a%2Fb/blobs/uploads/1?x=y HTTP/1.1\r\n"
    "Host: registry.example\r\n"
    "Accept: application/json\r\n"
    "Content-Length: 12\r\n"
    "accept: text/plain\r\n"
    "Expect: 100-continue\r\n"
    "\r\n";

TEST(H1Request, TakesAHeadApart) {
    const auto request = H1Request::parse(kHead);
    ASSERT_TRUE(request);
    const RequestHead& head = request->head();
    EXPECT_EQ(head.method, Method::patch);
    EXPECT_EQ(head.method_text, "PATCH");
    EXPECT_EQ(head.target, "/v2/a%2Fb/blobs/uploads/1?x=y");
    EXPECT_TRUE(head.keep_alive);
    EXPECT_TRUE(head.expects_continue);
    EXPECT_FALSE(head.chunked);
    EXPECT_EQ(head.content_length, 12U);
    EXPECT_EQ(head.headers.size(), 5U);
    EXPECT_EQ(head.header("HOST"), "registry.example");
    EXPECT_EQ(head.merged("Accept"), "application/json, text/plain");
}

TEST(H1Request, TheHeadSurvivesAMove) {
    auto request = H1Request::parse(kHead);
    ASSERT_TRUE(request);
    H1Request moved = *std::move(request);
    EXPECT_EQ(moved.head().header("host"), "registry.example");
    auto other = H1Request::parse("GET / HTTP/1.0\r\n\r\n");
    ASSERT_TRUE(other);
    moved = *std::move(other);
    EXPECT_EQ(moved.head().target, "/");
}

bool is_kept(const std::string& version, const std::string& fields) {
    const std::string head = "GET / HTTP/" + version + "\r\nHost: a\r\n" + fields + "\r\n";
    const auto request = H1Request::parse(head);
    EXPECT_TRUE(request) << fields;
    return request->head().keep_alive;
}

TEST(H1Request, WhetherTheConnectionIsKept) {
    EXPECT_TRUE(is_kept("1.1", ""));
    EXPECT_FALSE(is_kept("1.0", ""));
    EXPECT_FALSE(is_kept("1.1", "Connection: Close\r\n"));
    EXPECT_FALSE(is_kept("1.1", "Connection: te, close\r\n"));
    EXPECT_TRUE(is_kept("1.0", "connection: Keep-Alive\r\n"));
    EXPECT_FALSE(is_kept("1.0", "Connection: keep-alive\r\nConnection: close\r\n"));
    EXPECT_TRUE(is_kept("1.1", "Connection: , closed,\r\n"));
    EXPECT_FALSE(is_kept("1.1", "Proxy-Connection: close\r\n"));
    EXPECT_FALSE(is_kept("1.0", "Proxy-Connection: keep-alive\r\n"));
}

Method method_of(const std::string& name) {
    const std::string head = name + " / HTTP/1.1\r\nHost: a\r\n\r\n";
    const auto request = H1Request::parse(head);
    EXPECT_TRUE(request) << name;
    EXPECT_EQ(request->head().method_text, name);
    return request->head().method;
}

TEST(H1Request, KnowsTheMethods) {
    EXPECT_EQ(method_of("GET"), Method::get);
    EXPECT_EQ(method_of("HEAD"), Method::head);
    EXPECT_EQ(method_of("POST"), Method::post);
    EXPECT_EQ(method_of("PUT"), Method::put);
    EXPECT_EQ(method_of("PATCH"), Method::patch);
    EXPECT_EQ(method_of("DELETE"), Method::remove);
    EXPECT_EQ(method_of("OPTIONS"), Method::other);
    EXPECT_EQ(method_of("get"), Method::other);
    EXPECT_EQ(method_of("BREW"), Method::other);
}

bool keeps_alive(const std::string& version, const std::string& connection) {
    const std::string head = "GET / HTTP/" + version + "\r\nHost: a\r\n" + connection + "\r\n";
    const auto request = H1Request::parse(head);
    return request && request->head().keep_alive;
}

TEST(H1Request, KeepAliveIsByVersionAndConnection) {
    EXPECT_TRUE(keeps_alive("1.1", ""));
    EXPECT_FALSE(keeps_alive("1.1", "Connection: close\r\n"));
    EXPECT_FALSE(keeps_alive("1.1", "Connection: te, Close\r\n"));
    EXPECT_FALSE(keeps_alive("1.0", ""));
    EXPECT_TRUE(keeps_alive("1.0", "Connection: Keep-Alive\r\n"));
}

// Trailers come after authorisation and routing: they must not change what was decided.
TEST(H1Request, TrailersDoNotChangeTheHead) {
    auto request =
        H1Request::parse("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    ASSERT_TRUE(request);
    std::vector<std::byte> space(64);
    const std::string wire = "0\r\nAuthorization: Basic eDp5\r\nHost: b\r\n\r\n";
    const auto outcome = request->decode_chunked(as_bytes(wire), space);
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(outcome->done);
    EXPECT_EQ(outcome->consumed, wire.size());
    EXPECT_FALSE(request->head().header("Authorization"));
    EXPECT_EQ(request->head().merged("Host"), "a");
}

TEST(H1Request, DecodesIntoASmallBuffer) {
    auto request =
        H1Request::parse("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    ASSERT_TRUE(request);
    std::string wire = "b\r\nhello world\r\n0\r\n\r\n";
    std::string content;
    std::vector<std::byte> space(4);
    for (int turn = 0; turn < 20; ++turn) {
        const auto outcome = request->decode_chunked(as_bytes(wire), space);
        ASSERT_TRUE(outcome);
        EXPECT_LE(outcome->produced, 4U);
        content += as_text(ByteView(space).first(outcome->produced));
        wire.erase(0, outcome->consumed);
        if (outcome->done) {
            break;
        }
    }
    EXPECT_EQ(content, "hello world");
    EXPECT_EQ(wire, "");
}

}  // namespace
}  // namespace berth::http
