// SPDX-License-Identifier: Apache-2.0
#include "api/challenge.h"

#include "http/testing/fake_body.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

namespace berth::api {
namespace {

using oci::Action;
using oci::Scope;

http::RequestHead head_with(std::vector<http::HeaderView> headers) {
    http::RequestHead head;
    head.headers = std::move(headers);
    return head;
}

std::optional<std::string> service(const http::RequestHead& head,
                                   std::optional<std::string> forwarded_host = std::nullopt) {
    http::FakeBody body({});
    http::Exchange exchange(head, body, "192.0.2.1", true);
    exchange.forwarded_host = std::move(forwarded_host);
    return service_of(exchange);
}

std::optional<std::string> service(std::string_view host) {
    return service(head_with({{"host", host}}));
}

TEST(Challenge, Exact) {
    const std::vector<Scope> pull{Scope("repository", "hello-world", {Action::pull})};
    EXPECT_EQ(challenge_text("myreg.azurecr.io", true, pull, Errc::unauthenticated),
              R"(Bearer realm="https://myreg.azurecr.io/oauth2/token",)"
              R"(service="myreg.azurecr.io",scope="repository:hello-world:pull")");
    EXPECT_EQ(challenge_text("localhost:5000", false, {}, Errc::unauthenticated),
              R"(Bearer realm="http://localhost:5000/oauth2/token",service="localhost:5000")");
}

TEST(Challenge, AMountHasTwoScopes) {
    const std::vector<Scope> mount{Scope("repository", "a", {Action::pull, Action::push}),
                                   Scope("repository", "b", {Action::pull})};
    EXPECT_EQ(challenge_text("r", true, mount, Errc::scope_insufficient),
              R"(Bearer realm="https://r/oauth2/token",service="r",)"
              R"(scope="repository:a:pull,push repository:b:pull",error="insufficient_scope")");
}

TEST(Challenge, TheErrorSaysWhatIsWrongWithTheToken) {
    EXPECT_TRUE(challenge_text("r", true, {}, Errc::token_invalid)
                    .ends_with(R"(service="r",error="invalid_token")"));
    EXPECT_TRUE(challenge_text("r", true, {}, Errc::token_malformed)
                    .ends_with(R"(service="r",error="malformed_token")"));
}

TEST(ServiceOf, HostInLowerCase) {
    EXPECT_EQ(service("MyReg.azurecr.io"), "myreg.azurecr.io");
    EXPECT_EQ(service("localhost:5000"), "localhost:5000");
    EXPECT_EQ(service("[::1]:5000"), "[::1]:5000");
}

TEST(ServiceOf, NothingThatCouldLeaveItsQuotes) {
    for (const std::string_view host : {"", "a\"b", "a b", "a,b", "a/b", "a\\b", "user@a", "a\tb",
                                        "a\rb", "\xC3\xA9.example", "a%20b"}) {
        EXPECT_EQ(service(host), std::nullopt) << host;
    }
    EXPECT_EQ(service(std::string(256, 'a')), std::nullopt);
    EXPECT_EQ(service(head_with({})), std::nullopt);
}

TEST(ServiceOf, WhatAProxySaysGoesBeforeTheHost) {
    EXPECT_EQ(service(head_with({{"host", "127.0.0.1:5000"}}), "Reg.example"), "reg.example");
}

TEST(AuthorizationOf, OneOrNone) {
    EXPECT_EQ(authorization_of(head_with({})).value(), std::nullopt);
    EXPECT_EQ(authorization_of(head_with({{"authorization", "Basic x"}})).value(), "Basic x");
    const auto two = authorization_of(head_with({{"Authorization", "a"}, {"authorization", "a"}}));
    ASSERT_FALSE(two.has_value());
    EXPECT_EQ(two.error().code, Errc::unauthenticated);
}

TEST(Challenge, ARequestWithoutCredentialsAndContentAsksForIt) {
    http::RequestHead head;
    EXPECT_TRUE(asks_for_challenge(head));
    head.content_length = 0;
    EXPECT_TRUE(asks_for_challenge(head));
    head.content_length = 1;
    EXPECT_FALSE(asks_for_challenge(head));
    head.content_length.reset();
    head.chunked = true;
    EXPECT_FALSE(asks_for_challenge(head));
    head.chunked = false;
    for (const char* name : {"Authorization", "content-type"}) {
        head.headers = {{name, "x"}};
        EXPECT_FALSE(asks_for_challenge(head)) << name;
    }
}

}  // namespace
}  // namespace berth::api
