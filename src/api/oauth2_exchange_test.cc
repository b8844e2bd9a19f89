// SPDX-License-Identifier: Apache-2.0
//
// POST /oauth2/exchange through the pipeline, and what its tokens then open. Bytes on the wire are
// the exchange tables' matter, whose tokens count those of auth/oidc.
#include "api/testing/api_fixture.h"
#include "auth/jwt.h"
#include "auth/oidc/federation.h"
#include "auth/testing/fake_documents.h"
#include "auth/testing/foreign_key.h"
#include "base/clock.h"
#include "meta/issuers.h"

#include <gmock/gmock.h>

namespace berth::api {
namespace {

using http::Method;
using testing::HasSubstr;

const std::string kTenant = "11111111-2222-3333-4444-aaaaaaaaaaaa";

class ExchangeTest : public ApiFixture {
  protected:
    ExchangeTest() : ApiFixture(auth::AnonymousAccess::none) {
        const db::TransactionalWork work = [](db::Session& session) {
            meta::IssuerRow issuer;
            issuer.name = "ci";
            issuer.document =
                R"({"preset":"oidc","issuer":"https://i.example","audiences":["berth"]})";
            meta::TrustRuleRow rule;
            rule.issuer = "ci";
            rule.name = "jobs";
            rule.document = R"({"claims":[{"name":"sub","pattern":"job*"}],)"
                            R"("scope_maps":["_repositories_pull"]})";
            return meta::create_issuer(session, issuer, now()) &&
                   meta::create_trust_rule(session, rule, now());
        };
        EXPECT_TRUE(database_->write_now(work));
        documents_.publish("https://i.example", "https://i.example", key_.key_set());
        asked_ = &trusting_pipeline_;
    }

    std::string token(const std::string& subject = "job1", const std::string& more = "") {
        return key_.token(R"({"iss":"https://i.example","aud":"berth","sub":")" + subject +
                          R"(","exp":)" + std::to_string(now().ticks / kTicksPerSecond + 600) +
                          more + "}");
    }

    http::Response post(const std::string& form, const std::string& path = "/oauth2/exchange") {
        return ask(Ask(Method::post, path)
                       .with("Content-Type", "application/x-www-form-urlencoded")
                       .body(form));
    }

    http::Response exchange(const std::string& foreign_token, const std::string& more = "") {
        return post("grant_type=access_token&service=registry.test&access_token=" + foreign_token +
                    more);
    }

    /// The text between the first `name":"` and the next quote.
    static std::string member(const http::Response& response, const std::string& name) {
        const std::string body = body_of(response);
        const std::size_t begin = body.find(name + "\":\"") + name.size() + 3;
        return body.substr(begin, body.find('"', begin) - begin);
    }

    const auth::ForeignKey key_ = auth::ForeignKey::ec("k");
    auth::FakeDocuments documents_;
    auth::Federation federation_{
        auth::Federation::Parts{*database_, documents_, auth::spawn_on_test_loop(), log_}};
    auth::Authenticator trusting_{
        auth::Authenticator::Parts{accounts_, pool_, keys_, throttle_, &federation_}};
    Pipeline trusting_pipeline_{Pipeline::Parts{services_,
                                                SignIn{trusting_, token_issuer_, &federation_},
                                                policy_, limits_, log_, nullptr}};
};

TEST_F(ExchangeTest, ATokenOfATrustedIssuerBecomesARefreshToken) {
    const http::Response response = exchange(token());
    ASSERT_EQ(response.status, 200) << body_of(response);
    EXPECT_EQ(response.content_type, "application/json; charset=utf-8");
    EXPECT_EQ(principal_, "ci:job1");
    const std::string refresh = member(response, "refresh_token");
    const auto claims = auth::split_jwt(refresh);
    ASSERT_TRUE(claims);
    EXPECT_THAT(claims->payload, HasSubstr(R"("sub":"ci:job1")"));
    EXPECT_THAT(claims->payload, HasSubstr(R"("grant_type":"refresh_token")"));

    const http::Response access = post(
        "grant_type=refresh_token&service=registry.test&scope=repository:app:pull,push"
        "&refresh_token=" +
            refresh,
        "/oauth2/token");
    ASSERT_EQ(access.status, 200);
    const std::string bearer = "Bearer " + member(access, "access_token");
    EXPECT_EQ(ask(Ask(Method::get, "/v2/").with("Authorization", bearer)).status, 200);
    EXPECT_EQ(ask(Ask(Method::get, "/v2/app/tags/list").with("Authorization", bearer)).status, 404);
    EXPECT_EQ(ask(Ask(Method::post, "/v2/app/blobs/uploads/").with("Authorization", bearer)).status,
              401);
}

TEST_F(ExchangeTest, WhatComesOfItEndsWithTheTrust) {
    const std::string refresh = member(exchange(token()), "refresh_token");
    const std::string form =
        "grant_type=refresh_token&service=registry.test&scope=repository:app:pull&refresh_token=" +
        refresh;
    const std::string bearer = "Bearer " + member(post(form, "/oauth2/token"), "access_token");
    EXPECT_EQ(ask(Ask(Method::get, "/v2/").with("Authorization", bearer)).status, 200);
    const db::TransactionalWork block = [](db::Session& session) {
        return meta::block_subject(session, "ci", "job1", now()).has_value();
    };
    ASSERT_TRUE(database_->write_now(block));
    EXPECT_EQ(ask(Ask(Method::get, "/v2/").with("Authorization", bearer)).status, 401);
    EXPECT_EQ(post(form, "/oauth2/token").status, 401);
    EXPECT_EQ(exchange(token()).status, 401);
    EXPECT_EQ(exchange(token("job2")).status, 200);
}

TEST_F(ExchangeTest, WhoHasNoRoleIsToldSo) {
    const http::Response response = exchange(token("visitor"));
    EXPECT_EQ(response.status, 401);
    EXPECT_THAT(body_of(response), HasSubstr("CorrelationId: "));
    EXPECT_EQ(header_of(response, "Www-Authenticate"), "");
}

TEST_F(ExchangeTest, WhatIsNotToBeBelievedGetsNoText) {
    for (const std::string& text :
         {token() + "x", std::string("opaque"), token("job1", ",\"nbf\":9999999999")}) {
        const http::Response response = exchange(text);
        EXPECT_EQ(response.status, 401);
        EXPECT_EQ(body_of(response), "");
        EXPECT_EQ(header_of(response, "Www-Authenticate"), "");
    }
    asked_ = &pipeline_;
    EXPECT_EQ(exchange(token()).status, 401) << "where nobody is trusted";
}

TEST_F(ExchangeTest, EachGrantTypeHasItsFields) {
    const std::string good = token();
    const std::string base = "service=registry.test&grant_type=";
    EXPECT_EQ(post(base + "refresh_token&refresh_token=" + good).status, 200);
    EXPECT_EQ(post(base + "refresh_token&refresh_token=opaque&access_token=" + good).status, 401);
    EXPECT_EQ(
        post(base + "access_token_refresh_token&refresh_token=opaque&access_token=" + good).status,
        200);
    EXPECT_EQ(post(base + "access_token_refresh_token&access_token=" + good).status, 400);
    EXPECT_EQ(post(base + "access_token&refresh_token=" + good).status, 400);
    EXPECT_EQ(post(base + "access_token&access_token=").status, 400);
    EXPECT_EQ(post(base + "password&access_token=" + good).status, 400);
    EXPECT_EQ(post("grant_type=access_token&access_token=" + good).status, 400);
    EXPECT_EQ(post("grant_type=access_token&service=other&access_token=" + good).status, 400);
    EXPECT_EQ(post(base + "access_token&access_token=" + good + "&access_token=" + good).status,
              400);
    EXPECT_EQ(exchange(good, "&tenant=a&tenant=b").status, 400);
}

TEST_F(ExchangeTest, TheTenantMustBeTheTokens) {
    const std::string with_tenant = token("job1", ",\"tid\":\"" + kTenant + "\"");
    EXPECT_EQ(exchange(with_tenant, "&tenant=" + kTenant).status, 200);
    EXPECT_EQ(exchange(with_tenant, "&tenant=99999999-2222-3333-4444-aaaaaaaaaaaa").status, 401);
    EXPECT_EQ(exchange(token(), "&tenant=" + kTenant).status, 200);
}

TEST_F(ExchangeTest, AnIssuerThatIsDownIsTheServersTrouble) {
    documents_.is_down = true;
    const http::Response response = exchange(token());
    EXPECT_EQ(response.status, 503);
    EXPECT_NE(header_of(response, "Retry-After"), "");
}

}  // namespace
}  // namespace berth::api
