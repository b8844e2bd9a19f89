// SPDX-License-Identifier: Apache-2.0
#include "api/testing/api_fixture.h"

#include <gmock/gmock.h>

namespace berth::api {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

constexpr const char* kPath = "/.well-known/jwks.json";

class KeySet : public ApiFixture {
  protected:
    KeySet() : ApiFixture(auth::AnonymousAccess::none) {}
};

TEST_F(KeySet, EmptyBeforeTheFirstToken) {
    const http::Response response = get(kPath);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(body_of(response), "{\"keys\":[]}\n");
}

TEST_F(KeySet, WhatVerifiesAndNothingPrivate) {
    const auto signer = io::run_task(keys_.ensure());
    ASSERT_TRUE(signer.has_value());
    const http::Response response = get(kPath);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.content_type, "application/json; charset=utf-8");
    EXPECT_EQ(header_of(response, "Cache-Control"), "public, max-age=300");
    const std::string body = body_of(response);
    EXPECT_THAT(body, HasSubstr(R"("kid":")" + (*signer)->key.kid() + "\""));
    EXPECT_THAT(body, MatchesRegex(R"(\{"keys":\[\{"kty":"RSA","use":"sig","alg":"RS256",)"
                                   R"("kid":"[A-Z2-7:]+","n":"[A-Za-z0-9_-]+","e":"AQAB"\}\]\}.)"));
}

TEST_F(KeySet, WantsNoCredentialsAndMindsNone) {
    EXPECT_EQ(ask(Ask(http::Method::get, kPath).with("Authorization", "Bearer nonsense")).status,
              200);
    EXPECT_EQ(ask(Ask(http::Method::head, kPath)).status, 200);
    const http::Response wrong = ask(Ask(http::Method::post, kPath));
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(header_of(wrong, "Allow"), "GET, HEAD");
}

}  // namespace
}  // namespace berth::api
