// SPDX-License-Identifier: Apache-2.0
#include "api/acr_headers.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace berth::api {
namespace {

using testing::ElementsAre;
using testing::MatchesRegex;

constexpr const char* kSts = "Strict-Transport-Security: max-age=31536000; includeSubDomains";

std::vector<std::string> lines_of(http::Response response, HeaderSet set,
                                  std::optional<std::string_view> client_id = std::nullopt) {
    add_acr_headers(response, set, "c0ffee", client_id);
    std::vector<std::string> lines;
    http::for_each_header(response, [&](std::string_view name, std::string_view value) {
        lines.push_back(std::string(name).append(": ").append(value));
    });
    return lines;
}

// acr-wire 2.1: the order and the repeats of the wire.
TEST(AcrHeaders, BlockA) {
    EXPECT_THAT(lines_of(http::Response(200), HeaderSet::plain),
                ElementsAre("Access-Control-Expose-Headers: Docker-Content-Digest",
                            "Access-Control-Expose-Headers: WWW-Authenticate",
                            "Access-Control-Expose-Headers: Link",
                            "Access-Control-Expose-Headers: X-Ms-Correlation-Request-Id",
                            "Docker-Distribution-Api-Version: registry/2.0", kSts,
                            "X-Content-Type-Options: nosniff",
                            "X-Ms-Correlation-Request-Id: c0ffee", kSts));
}

TEST(AcrHeaders, TheChallengeStandsBetweenTheTwoOthers) {
    http::Response response(401);
    response.headers.emplace_back("Www-Authenticate", "Basic");
    const auto lines = lines_of(std::move(response), HeaderSet::plain);
    ASSERT_EQ(lines.size(), 10U);
    EXPECT_EQ(lines[5], kSts);
    EXPECT_EQ(lines[6], "Www-Authenticate: Basic");
    EXPECT_EQ(lines[7], "X-Content-Type-Options: nosniff");
    EXPECT_EQ(lines[9], kSts);
}

TEST(AcrHeaders, IdentifiedRequestsHaveTwoIdsMore) {
    const auto lines = lines_of(http::Response(200), HeaderSet::identified, "my id");
    ASSERT_EQ(lines.size(), 11U);
    EXPECT_EQ(lines[7], "X-Ms-Client-Request-Id: my id");
    EXPECT_EQ(lines[8], "X-Ms-Correlation-Request-Id: c0ffee");
    EXPECT_THAT(lines[9], MatchesRegex("X-Ms-Request-Id: [0-9a-f-]+"));
    // Sent empty when the client names none, and bounded.
    EXPECT_EQ(lines_of(http::Response(200), HeaderSet::identified)[7], "X-Ms-Client-Request-Id: ");
    const std::string long_id(1000, 'x');
    EXPECT_LT(lines_of(http::Response(200), HeaderSet::identified, long_id)[7].size(), 300U);
}

TEST(AcrHeaders, RouteMissesExposeNothing) {
    EXPECT_THAT(lines_of(http::Response(404), HeaderSet::route_miss),
                ElementsAre("Docker-Distribution-Api-Version: registry/2.0", kSts,
                            "X-Content-Type-Options: nosniff",
                            "X-Ms-Correlation-Request-Id: c0ffee", kSts));
}

TEST(AcrHeaders, TheEdgeAddsOneLine) {
    EXPECT_THAT(lines_of(http::Response(404), HeaderSet::edge), ElementsAre(kSts));
}

TEST(AcrHeaders, TokenEndpointsHaveTheCorrelationIdAndOneSts) {
    EXPECT_THAT(lines_of(http::Response(200), HeaderSet::token),
                ElementsAre("X-Ms-Correlation-Request-Id: c0ffee", kSts));
}

TEST(AcrHeaders, AHandlersHeadersFindTheirPlaceAndKeepTheirOrder) {
    http::Response response(201);
    response.headers.emplace_back("OCI-Tag", "b");
    response.headers.emplace_back("Location", "/v2/");
    response.headers.emplace_back("OCI-Tag", "a");
    const auto lines = lines_of(std::move(response), HeaderSet::route_miss);
    EXPECT_EQ(lines[1], "Location: /v2/");
    EXPECT_EQ(lines[2], "OCI-Tag: b");
    EXPECT_EQ(lines[3], "OCI-Tag: a");
}

}  // namespace
}  // namespace berth::api
