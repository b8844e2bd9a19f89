// SPDX-License-Identifier: Apache-2.0
//
// The calls about deleted items as a client sees them; who may make them.
#include "api/testing/api_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace berth::api {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr std::string_view kIndex =
    R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]})";

class AcrDeleted : public ApiFixture {
  protected:
    explicit AcrDeleted(auth::AnonymousAccess anonymous = auth::AnonymousAccess::write)
        : ApiFixture(anonymous, meta::kTicksPerDay) {}

    std::string digest() const {
        return oci::digest_of(oci::Algorithm::sha256, as_bytes(kIndex)).text();
    }

    void push(const std::string& tag) {
        const http::Response response =
            ask(Ask(http::Method::put, "/v2/app/manifests/" + tag)
                    .with("Content-Type", "application/vnd.oci.image.index.v1+json")
                    .body(std::string(kIndex)));
        ASSERT_EQ(response.status, 201) << body_of(response);
    }

    void remove() {
        ASSERT_EQ(status_of(http::Method::remove, "/v2/app/manifests/" + digest()), 202);
    }

    http::Response restore(const std::string& query, const std::string& body) {
        return ask(Ask(http::Method::post, "/acr/v1/_deleted/app/_manifests/" + digest() + query)
                       .body(body));
    }
};

TEST_F(AcrDeleted, ListsAndRestores) {
    push("v1");
    EXPECT_EQ(body_of(get("/acr/v1/_deleted/_catalog")), "{\"repositories\":[]}\n");
    EXPECT_EQ(body_of(get("/acr/v1/_deleted/app/_manifests")),
              "{\"registry\":\"registry.test\",\"imageName\":\"app\",\"manifests\":[]}\n");
    remove();
    EXPECT_EQ(body_of(get("/acr/v1/_deleted/_catalog")), "{\"repositories\":[\"app\"]}\n");
    EXPECT_THAT(body_of(get("/acr/v1/_deleted/app/_manifests")),
                MatchesRegex(".*\"manifests\":\\[\\{\"digest\":\"" + digest() +
                             "\",\"imageSize\":[0-9]+,\"createdTime\":\"[^\"]+\","
                             "\"lastUpdateTime\":\"[^\"]+\",\"deletedAt\":\"[0-9-]+T[^\"]+Z\","
                             "\"mediaType\":\"[^\"]+\"\\}\\]\\}\n"));
    EXPECT_THAT(body_of(get("/acr/v1/_deleted/app/_tags")),
                MatchesRegex(".*\"tags\":\\[\\{\"tag\":\"v1\",\"digest\":\"" + digest() +
                             "\",\"createdTime\":.*\"deletedAt\":\"[0-9-]+T[^\"]+Z\"\\}\\]\\}\n"));
    const http::Response done = restore("?force=False", R"({"tag":"v1"})");
    EXPECT_EQ(done.status, 200);
    EXPECT_EQ(body_of(done),
              "{\"registry\":\"registry.test\",\"imageName\":\"app\",\"manifestsRestored\":[\"" +
                  digest() + "\"],\"tagsRestored\":[\"v1\"]}\n");
    EXPECT_EQ(get("/v2/app/manifests/v1").status, 200);
    EXPECT_EQ(restore("", "").status, 404);
}

TEST_F(AcrDeleted, WrongQuestions) {
    push("v1");
    remove();
    EXPECT_EQ(restore("?force=maybe", "").status, 400);
    EXPECT_EQ(restore("", "[]").status, 400);
    EXPECT_EQ(restore("", R"({"tag":1})").status, 400);
    EXPECT_THAT(body_of(restore("", R"({"tag":"no tag"})")), HasSubstr("TAG_INVALID"));
    EXPECT_EQ(get("/acr/v1/_deleted/app/_manifests?last=x").status, 400);
    EXPECT_EQ(get("/acr/v1/_deleted/app/_tags?last=x").status, 400);
    EXPECT_EQ(get("/acr/v1/_deleted/stranger/_tags").status, 404);
    EXPECT_EQ(restore("", "").status, 200) << "without a tag the manifest alone";
    EXPECT_THAT(body_of(get("/acr/v1/_deleted/app/_tags")), HasSubstr("\"v1\""));
}

TEST_F(AcrDeleted, ATakenTagConflicts) {
    push("v1");
    const http::Response other =
        ask(Ask(http::Method::put, "/v2/app/manifests/v2")
                .with("Content-Type", "application/vnd.oci.image.index.v1+json")
                .body(std::string(kIndex) + " "));
    ASSERT_EQ(other.status, 201);
    remove();
    const http::Response refused = restore("?force=False", R"({"tag":"v2"})");
    EXPECT_EQ(refused.status, 409);
    EXPECT_THAT(body_of(refused), HasSubstr("\"code\":\"CONFLICT\""));
    EXPECT_EQ(restore("?force=True", R"({"tag":"v2"})").status, 200);
}

TEST_F(AcrDeleted, PagesOfTags) {
    push("v1");
    push("v2");
    remove();
    const http::Response first = get("/acr/v1/_deleted/app/_tags?n=1");
    EXPECT_THAT(header_of(first, "Link"),
                MatchesRegex("</acr/v1/_deleted/app/_tags.last=[0-9]+&n=1&orderby=>; rel=.*"));
}

class AcrDeletedForReaders : public AcrDeleted {
  protected:
    AcrDeletedForReaders() : AcrDeleted(auth::AnonymousAccess::read) { add_alice(); }
};

TEST_F(AcrDeletedForReaders, AnonymousReadersDoNotSeeIt) {
    const auto challenge = [this](http::Method method, const std::string& target) {
        const http::Response response = ask(Ask(method, target));
        EXPECT_EQ(response.status, 401);
        return header_of(response, "Www-Authenticate");
    };
    EXPECT_THAT(challenge(http::Method::get, "/acr/v1/_deleted/_catalog"),
                HasSubstr("scope=\"registry:deleted_catalog:*\""));
    EXPECT_THAT(challenge(http::Method::get, "/acr/v1/_deleted/app/_tags"),
                HasSubstr("scope=\"repository:app:deleted_read\""));
    EXPECT_THAT(challenge(http::Method::post, "/acr/v1/_deleted/app/_manifests/" + digest()),
                HasSubstr("scope=\"repository:app:deleted_read,deleted_restore\""));
    const http::Response admin = ask(Ask(http::Method::get, "/acr/v1/_deleted/_catalog")
                                         .with("Authorization", "Basic YWxpY2U6b3Blbg=="));
    EXPECT_EQ(admin.status, 200);
}

}  // namespace
}  // namespace berth::api
