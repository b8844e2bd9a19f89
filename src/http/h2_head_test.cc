// SPDX-License-Identifier: Apache-2.0
#include "http/h2_head.h"

#include "http/testing/h2_pipe.h"

#include <gtest/gtest.h>

namespace berth::http {
namespace {

class H2HeadTest : public testing::Test {
  protected:
    std::optional<ProtocolError> finish(const H2TestFields& fields, bool has_body = false) {
        for (const auto& [name, value] : fields) {
            EXPECT_TRUE(head_.add(name, value, limits_));
        }
        return head_.finish(has_body);
    }

    int status(const H2TestFields& fields) {
        const auto problem = finish(fields);
        return problem ? problem->status : 0;
    }

    Limits limits_;
    H2Head head_;
};

TEST_F(H2HeadTest, AuthorityIsTheHost) {
    ASSERT_EQ(finish({{":method", "PATCH"},
                      {":scheme", "https"},
                      {":authority", "reg.example:5000"},
                      {":path", "/v2/?a=b"},
                      {"accept", "x"},
                      {"accept", "y"}}),
              std::nullopt);
    const RequestHead& head = head_.request();
    EXPECT_EQ(head.method, Method::patch);
    EXPECT_EQ(head.method_text, "PATCH");
    EXPECT_EQ(head.target, "/v2/?a=b");
    EXPECT_EQ(head.header("Host"), "reg.example:5000");
    EXPECT_EQ(head.merged("Accept"), "x, y");
    EXPECT_EQ(head.headers.size(), 3U);
    EXPECT_EQ(head.content_length, 0U);
    EXPECT_FALSE(head.chunked);
    EXPECT_FALSE(head.expects_continue);
}

TEST_F(H2HeadTest, MethodsThatNobodyKnows) {
    ASSERT_EQ(finish(h2_request("BREW", "/")), std::nullopt);
    EXPECT_EQ(head_.request().method, Method::other);
    EXPECT_EQ(head_.request().method_text, "BREW");
}

TEST_F(H2HeadTest, HostInsteadOfAuthority) {
    ASSERT_EQ(finish({{":method", "GET"}, {":path", "/"}, {"host", "b"}}), std::nullopt);
    EXPECT_EQ(head_.request().header("Host"), "b");
}

TEST_F(H2HeadTest, HostBesideAuthority) {
    auto fields = h2_request("GET", "/");
    fields.emplace_back("host", "A");
    ASSERT_EQ(finish(fields), std::nullopt);
    EXPECT_EQ(head_.request().merged("Host"), "a");
}

TEST_F(H2HeadTest, AnotherHostThanAuthority) {
    auto fields = h2_request("GET", "/");
    fields.emplace_back("host", "b");
    EXPECT_EQ(status(fields), 400);
}

TEST_F(H2HeadTest, TwoHosts) {
    EXPECT_EQ(status({{":method", "GET"}, {":path", "/"}, {"host", "b"}, {"host", "b"}}), 400);
}

TEST_F(H2HeadTest, NoHost) {
    EXPECT_EQ(status({{":method", "GET"}, {":path", "/"}}), 400);
}

TEST_F(H2HeadTest, AUserInTheAuthority) {
    EXPECT_EQ(status({{":method", "GET"}, {":path", "/"}, {":authority", "u@a"}}), 400);
}

TEST_F(H2HeadTest, ConnectHasNoPath) {
    ASSERT_EQ(finish({{":method", "CONNECT"}, {":authority", "a:1"}}), std::nullopt);
    EXPECT_EQ(head_.request().target, "a:1");
    head_ = H2Head();
    EXPECT_EQ(status({{":method", "CONNECT"}, {":authority", ""}}), 400);
}

TEST_F(H2HeadTest, Lengths) {
    auto fields = h2_request("PUT", "/");
    fields.emplace_back("content-length", "18446744073709551615");
    ASSERT_EQ(finish(fields, true), std::nullopt);
    EXPECT_EQ(head_.request().content_length, 18446744073709551615U);
    EXPECT_FALSE(head_.request().chunked);
}

TEST_F(H2HeadTest, ABodyWithoutALength) {
    ASSERT_EQ(finish(h2_request("PUT", "/"), true), std::nullopt);
    EXPECT_EQ(head_.request().content_length, std::nullopt);
    EXPECT_TRUE(head_.request().chunked);
}

TEST_F(H2HeadTest, MalformedLengths) {
    for (const char* length : {"", "-1", "+1", "1x", "1, 1", "99999999999999999999"}) {
        head_ = H2Head();
        auto fields = h2_request("PUT", "/");
        fields.emplace_back("content-length", length);
        EXPECT_EQ(status(fields), 400) << length;
    }
}

TEST_F(H2HeadTest, Expectations) {
    auto fields = h2_request("PUT", "/");
    fields.emplace_back("expect", "100-Continue");
    ASSERT_EQ(finish(fields, true), std::nullopt);
    EXPECT_TRUE(head_.request().expects_continue);
    head_ = H2Head();
    fields.back().second = "more";
    EXPECT_EQ(status(fields), 417);
}

TEST_F(H2HeadTest, ALongTarget) {
    const std::string fits = "/" + std::string(limits_.target_bytes_max - 1, 'x');
    EXPECT_EQ(finish(h2_request("GET", fits)), std::nullopt);
    head_ = H2Head();
    EXPECT_EQ(status(h2_request("GET", fits + "x")), 414);
}

TEST_F(H2HeadTest, ManyFields) {
    // Each counts 32 bytes beside its own (RFC 9113 6.5.2).
    limits_.header_count_max = 10'000;
    auto fields = h2_request("HEAD", "/");
    for (int i = 0; i < 900; ++i) {
        fields.emplace_back("a", "b");
    }
    EXPECT_EQ(finish(fields), std::nullopt);
    head_ = H2Head();
    for (int i = 0; i < 100; ++i) {
        fields.emplace_back("a", "b");
    }
    EXPECT_EQ(status(fields), 431);
    EXPECT_EQ(head_.request().method, Method::head);
}

TEST_F(H2HeadTest, AsManyFieldsAsThereMayBe) {
    limits_.header_count_max = 3;
    auto fields = h2_request("GET", "/");  // pseudo headers do not count
    for (int i = 0; i < 3; ++i) {
        fields.emplace_back("a", "b");
    }
    EXPECT_EQ(finish(fields), std::nullopt);
    head_ = H2Head();
    fields.emplace_back("a", "b");
    EXPECT_EQ(status(fields), 431);
}

TEST_F(H2HeadTest, TooManyFieldsToGoOn) {
    std::size_t taken = 0;
    while (head_.add("a", "b", limits_)) {
        ++taken;
    }
    EXPECT_EQ(taken, 8 * limits_.header_bytes_max / 34);
}

}  // namespace
}  // namespace berth::http
