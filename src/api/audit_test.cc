// SPDX-License-Identifier: Apache-2.0
#include "api/audit.h"

#include "api/testing/api_fixture.h"
#include "base/encode.h"
#include "telemetry/testing_pipe.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::api {
namespace {

using http::Method;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kAlice = "Basic YWxpY2U6b3Blbg==";
constexpr const char* kWrong = "Basic YWxpY2U6c2h1dA==";
constexpr const char* kNobody = "Basic bm9ib2R5OnNodXQ=";
constexpr const char* kTokenPath = "/oauth2/token?service=registry.test&scope=registry:catalog:*";

class AuditTest : public ApiFixture {
  protected:
    AuditTest() : ApiFixture(auth::AnonymousAccess::none) {
        add_alice();
        asked_ = &audited_;
    }

    /// All lines so far; the last thing a test asks for.
    std::vector<std::string> lines() {
        sink_.reset();
        std::vector<std::string> found;
        const std::string all = pipe_.read_all();
        std::string_view left = all;
        while (!left.empty()) {
            const std::size_t end = left.find('\n');
            found.emplace_back(left.substr(0, end));
            left.remove_prefix(end + 1);
        }
        return found;
    }

    http::Response as_alice(Method method, const std::string& target, std::string content = {}) {
        return ask(Ask(method, target).with("Authorization", kAlice).body(std::move(content)));
    }

    telemetry::Pipe pipe_;
    std::unique_ptr<telemetry::AuditLog> sink_ =
        std::make_unique<telemetry::AuditLog>(pipe_.writer());
    Pipeline audited_{Pipeline::Parts{services_, SignIn{authenticator_, token_issuer_}, policy_,
                                      limits_, log_, nullptr, sink_.get()}};
};

TEST_F(AuditTest, ReadsLeaveNoLine) {
    EXPECT_EQ(as_alice(Method::get, "/v2/").status, 200);
    EXPECT_EQ(as_alice(Method::get, "/v2/_catalog").status, 200);
    EXPECT_EQ(as_alice(Method::get, "/v2/app/tags/list").status, 404);
    EXPECT_EQ(get("/v2/no%20route").status, 404);
    EXPECT_THAT(lines(), testing::IsEmpty());
}

TEST_F(AuditTest, WhoSentNoCredentialsIsChallenged) {
    const http::Response response =
        ask(Ask(Method::get, "/v2/app/manifests/v1").with("User-Agent", "docker/27 \"x\""));
    EXPECT_EQ(response.status, 401);
    const auto found = lines();
    ASSERT_EQ(found.size(), 1U);
    const std::string id = header_of(response, "X-Ms-Correlation-Request-Id");
    EXPECT_THAT(found[0],
                HasSubstr(R"("event":"access","result":"challenged","kind":"anonymous",)"
                          R"("method":"none","operation":"manifest_get","repository":"app",)"
                          R"("reference":"v1","status":401,)"));
    EXPECT_THAT(found[0], HasSubstr(R"("reason":"unauthenticated","address":"192.0.2.1",)"
                                    R"("user_agent":"docker/27 \"x\"","correlation_id":")" +
                                    id + "\"}"));
}

TEST_F(AuditTest, WrongCredentialsAreRefused) {
    ask(Ask(Method::get, "/v2/").with("Authorization", kWrong));
    ask(Ask(Method::get, "/v2/").with("Authorization", "Bearer x"));
    ask(Ask(Method::get, "/v2/").with("Authorization", "Bearer x").with("Host", "a b"));
    const auto found = lines();
    ASSERT_EQ(found.size(), 3U);
    EXPECT_THAT(found[0], AllOf(HasSubstr(R"("event":"access","result":"refused",)"
                                          R"("method":"password","operation":"base",)"),
                                HasSubstr(R"("status":401,"reason":"unauthenticated",)")));
    EXPECT_THAT(found[1], AllOf(HasSubstr(R"("method":"access_token")"),
                                HasSubstr(R"("reason":"token_malformed")")));
    EXPECT_THAT(found[2], HasSubstr(R"("status":400,"reason":"token_malformed")"));
}

// What was typed for a name may be a password.
TEST_F(AuditTest, OnlyNamesOfAccountsAreWritten) {
    ask(Ask(Method::get, "/v2/").with("Authorization", kWrong));
    ask(Ask(Method::get, "/v2/").with("Authorization", kNobody));
    const auto found = lines();
    ASSERT_EQ(found.size(), 2U);
    EXPECT_THAT(found[0], HasSubstr(R"("subject":"alice")"));
    EXPECT_THAT(found[1], AllOf(Not(HasSubstr("subject")), Not(HasSubstr("nobody"))));
}

TEST_F(AuditTest, ChangesAreWritten) {
    const std::string digest =
        oci::digest_of(oci::Algorithm::sha256, as_bytes(std::string("config"))).text();
    EXPECT_EQ(as_alice(Method::post, "/v2/app/blobs/uploads/?digest=" + digest, "config").status,
              201);
    const http::Response started = as_alice(Method::post, "/v2/app/blobs/uploads/");
    EXPECT_EQ(started.status, 202);
    const std::string upload = header_of(started, "Location");
    const http::Response patched = as_alice(Method::patch, upload, "config");
    EXPECT_EQ(patched.status, 202);
    const std::string next = header_of(patched, "Location") + "&digest=" + digest;
    EXPECT_EQ(as_alice(Method::put, next).status, 201);
    EXPECT_EQ(as_alice(Method::post, "/v2/other/blobs/uploads/?from=app&mount=" + digest).status,
              201);
    const std::string index =
        R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json",)"
        R"("manifests":[]})";
    const std::string index_digest = oci::digest_of(oci::Algorithm::sha256, as_bytes(index)).text();
    const auto push = [&](const std::string& where) {
        return ask(Ask(Method::put, "/v2/app/manifests/" + where)
                       .with("Authorization", kAlice)
                       .with("Content-Type", "application/vnd.oci.image.index.v1+json")
                       .body(index))
            .status;
    };
    EXPECT_EQ(push("v1"), 201);
    EXPECT_EQ(push(index_digest + "?tag=v2&tag=v3"), 201);
    EXPECT_EQ(as_alice(Method::remove, "/acr/v1/app").status, 202);
    EXPECT_EQ(as_alice(Method::remove, "/acr/v1/app").status, 404);
    const auto found = lines();
    ASSERT_EQ(found.size(), 6U) << "neither the start nor a piece of an upload is a change";
    const std::string who = R"("event":"change","result":"done","principal":"alice",)"
                            R"("kind":"admin","method":"password",)";
    const std::string what = R"("reference":")" + digest + R"(","digest":")" + digest + "\",";
    EXPECT_THAT(found[0], HasSubstr(who + R"("operation":"upload_start","repository":"app",)" +
                                    what + R"("status":201,"rule":"admin",)"));
    EXPECT_THAT(found[1],
                HasSubstr(who + R"("operation":"upload_put","repository":"app",)" + what));
    EXPECT_THAT(found[2], HasSubstr(who + R"("operation":"upload_start","repository":"other",)" +
                                    what + R"("source":"app","status":201,)"));
    EXPECT_THAT(found[3], HasSubstr(R"("repository":"app","reference":"v1","digest":")" +
                                    index_digest + R"(","status":201,)"));
    const std::string tagged = R"("tags":"v2,v3","digest":")" + index_digest + R"(",)";
    EXPECT_THAT(found[4], HasSubstr(R"("reference":")" + index_digest + R"(",)" + tagged));
    EXPECT_THAT(found[5],
                HasSubstr(who + R"("operation":"acr_repository_delete","repository":"app",)"
                                R"("status":202,)"));
}

TEST_F(AuditTest, SignInsAreWritten) {
    EXPECT_EQ(as_alice(Method::get, kTokenPath).status, 200);
    EXPECT_EQ(ask(Ask(Method::get, kTokenPath).with("Authorization", kWrong)).status, 401);
    EXPECT_EQ(get(kTokenPath).status, 401);
    EXPECT_EQ(ask(Ask(Method::post, "/oauth2/token")
                      .with("Content-Type", "application/x-www-form-urlencoded")
                      .body("grant_type=refresh_token&service=registry.test&scope=registry:catalog"
                            ":*&refresh_token=secret"))
                  .status,
              401);
    EXPECT_EQ(get("/oauth2/token").status, 400);
    const auto found = lines();
    ASSERT_EQ(found.size(), 4U) << "a malformed request is not refused to anybody";
    EXPECT_THAT(found[0], HasSubstr(R"("event":"sign_in","result":"signed_in",)"
                                    R"("principal":"alice","kind":"admin","method":"password",)"
                                    R"("operation":"token_get","status":200,)"));
    EXPECT_THAT(found[1],
                AllOf(HasSubstr(R"("event":"sign_in","result":"refused","method":"password",)"
                                R"("operation":"token_get",)"),
                      HasSubstr(R"("status":401,"reason":"unauthenticated",)")));
    EXPECT_THAT(found[2], HasSubstr(R"("event":"sign_in","result":"challenged",)"));
    EXPECT_THAT(found[3], AllOf(HasSubstr(R"("event":"sign_in","result":"refused",)"
                                          R"("method":"refresh_token","operation":"token_post",)"),
                                HasSubstr(R"("reason":"token_)"), Not(HasSubstr("secret"))));
}

TEST_F(AuditTest, WhoHasToWaitIsWritten) {
    for (std::uint32_t i = 0; i < limits_.wrong_passwords_max; ++i) {
        ask(Ask(Method::get, "/v2/")
                .with("Authorization",
                      "Basic " + base64_encode(as_bytes("alice:" + std::to_string(i)))));
    }
    const http::Response waiting = as_alice(Method::get, "/v2/");
    EXPECT_EQ(waiting.status, 429);
    EXPECT_EQ(header_of(waiting, "Retry-After"), "1");
    EXPECT_EQ(as_alice(Method::get, kTokenPath).status, 429);
    EXPECT_THAT(lines().at(limits_.wrong_passwords_max),
                HasSubstr(R"("status":429,"reason":"rate_limited",)"));
}

TEST(IsChange, WhateverIsNotKnownToBeNone) {
    for (const Route& route : routes()) {
        const bool reads = route.method == Method::get || route.method == Method::head;
        const bool expected = !reads && route.needs != Needs::nothing;
        EXPECT_EQ(is_change(route, 201), expected) << route.operation;
        EXPECT_FALSE(is_change(route, 404)) << route.operation;
        const bool upload = route.operation.starts_with("upload_");
        EXPECT_EQ(is_change(route, 202), expected && !upload) << route.operation;
    }
}

class ProxiedTest : public ApiFixture {
  protected:
    ProxiedTest() : ApiFixture(auth::AnonymousAccess::none) {
        peer_ = "10.0.0.1";
        asked_ = &behind_;
    }

    Pipeline behind_{Pipeline::Parts{services_, SignIn{authenticator_, token_issuer_}, policy_,
                                     limits_, log_, nullptr, nullptr,
                                     http::TrustedProxies::parse("10.0.0.0/8").value()}};
};

TEST_F(ProxiedTest, TheChallengeNamesWhatTheClientCalledUs) {
    const Ask forwarded = Ask(Method::get, "/v2/")
                              .with("X-Forwarded-Host", "Reg.example")
                              .with("X-Forwarded-Proto", "https");
    EXPECT_EQ(header_of(ask(forwarded), "Www-Authenticate"),
              R"(Bearer realm="https://reg.example/oauth2/token",service="reg.example")");
    peer_ = "192.0.2.1";
    EXPECT_EQ(header_of(ask(forwarded), "Www-Authenticate"),
              R"(Bearer realm="http://registry.test/oauth2/token",service="registry.test")");
}

TEST_F(ProxiedTest, AMalformedHostIsABadRequest) {
    EXPECT_EQ(ask(Ask(Method::get, "/v2/").with("X-Forwarded-Host", "a\"b")).status, 400);
}

}  // namespace
}  // namespace berth::api
