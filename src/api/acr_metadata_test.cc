// SPDX-License-Identifier: Apache-2.0
//
// The metadata API through the pipeline: statuses, headers, bodies. What it does to the catalog is
// registry/'s to test; every answer byte for byte is in tests/exchange.
#include "api/testing/api_fixture.h"

namespace berth::api {
namespace {

using http::Method;

constexpr const char* kImage =
    R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
    R"("config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":)"
    R"("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},)"
    R"("layers":[]})";

class AcrMetadataTest : public ApiFixture {
  protected:
    void SetUp() override {
        push_blob("library/app", "{}");
        for (const char* tag : {"b", "a", "c"}) {
            put("/v2/library/app/manifests/" + std::string(tag));
        }
    }

    void put(const std::string& target) {
        const http::Response response =
            ask(Ask(Method::put, target)
                    .with("Content-Type", "application/vnd.oci.image.manifest.v1+json")
                    .body(kImage));
        EXPECT_EQ(response.status, 201) << body_of(response);
    }

    http::Response send(Method method, const std::string& target, const std::string& body = "") {
        return ask(Ask(method, target).with("Host", "MyReg.Example.io:5000").body(body));
    }

    std::string text(Method method, const std::string& target, const std::string& body = "") {
        const http::Response response = send(method, target, body);
        return std::to_string(response.status) + " " + body_of(response);
    }

    std::string error(int status, std::string_view code, std::string_view message) {
        return std::to_string(status) + R"( {"errors":[{"code":")" + std::string(code) +
               R"(","message":")" + std::string(message) + "\"}]}\n";
    }

    const std::string digest_ = oci::digest_of(oci::Algorithm::sha256, as_bytes(kImage)).text();
};

TEST_F(AcrMetadataTest, TheRegistryIsTheHostInLowerCase) {
    for (const char* path : {"", "/_tags", "/_tags/a", "/_manifests"}) {
        EXPECT_TRUE(text(Method::get, "/acr/v1/library%2Fapp" + std::string(path))
                        .starts_with("200 {\"registry\":\"myreg.example.io:5000\","
                                     "\"imageName\":\"library/app\","))
            << path;
    }
}

TEST_F(AcrMetadataTest, AHostThatIsNoneIsRefused) {
    for (const char* host : {"", "a\"b", "a/b", "a b"}) {
        const http::Response response =
            ask(Ask(Method::get, "/acr/v1/library/app").with("Host", host));
        EXPECT_EQ(response.status, 400) << host;
        EXPECT_EQ(body_of(response),
                  "{\"errors\":[{\"code\":\"BAD_REQUEST\",\"message\":\"missing or malformed "
                  "Host\"}]}\n");
    }
}

TEST_F(AcrMetadataTest, RequestIdsAreOnDeletesOnly) {
    const auto ids = [](const http::Response& response) {
        return std::pair(header_of(response, "X-Ms-Request-Id").empty(),
                         header_of(response, "X-Ms-Client-Request-Id").empty());
    };
    const auto asked = [&](Method method, const std::string& target) {
        return ids(ask(Ask(method, target)
                           .with("Host", "h")
                           .with("x-ms-client-request-id", "mine")
                           .body(method == Method::patch ? "{}" : "")));
    };
    EXPECT_EQ(asked(Method::get, "/acr/v1/library/app"), std::pair(true, true));
    EXPECT_EQ(asked(Method::get, "/acr/v1/absent"), std::pair(true, true));
    EXPECT_EQ(asked(Method::patch, "/acr/v1/library/app"), std::pair(true, true));
    EXPECT_EQ(asked(Method::remove, "/acr/v1/absent"), std::pair(false, false));
    EXPECT_EQ(asked(Method::remove, "/acr/v1/library/app/_tags/b"), std::pair(false, false));
    EXPECT_EQ(asked(Method::remove, "/acr/v1/library/app"), std::pair(false, false));
}

TEST_F(AcrMetadataTest, WhatIsMissing) {
    const std::string name_unknown = error(404, "NAME_UNKNOWN", R"(repository \"x\" is not found)");
    for (const char* path : {"", "/_tags", "/_tags?digest=no-digest", "/_manifests"}) {
        EXPECT_EQ(text(Method::get, "/acr/v1/x" + std::string(path)), name_unknown) << path;
    }
    EXPECT_EQ(text(Method::patch, "/acr/v1/x", "{}"), name_unknown);
    EXPECT_EQ(text(Method::remove, "/acr/v1/x"),
              "404 {\"errors\":[{\"code\":\"NAME_UNKNOWN\",\"message\":\"repository name not known "
              "to registry\",\"detail\":{\"name\":\"x\"}}]}\n");
    const std::string tag_unknown = error(404, "TAG_UNKNOWN", "the specified tag does not exist");
    const std::string manifest_unknown = error(404, "MANIFEST_UNKNOWN", "manifest unknown");
    for (const char* name : {"x", "library/app"}) {
        const std::string path = "/acr/v1/" + std::string(name);
        EXPECT_EQ(text(Method::get, path + "/_tags/x"), tag_unknown);
        EXPECT_EQ(text(Method::patch, path + "/_tags/x", "{}"), tag_unknown);
        EXPECT_EQ(text(Method::remove, path + "/_tags/x"), tag_unknown);
        for (const std::string& digest :
             {std::string("sha256:abcdef"), "sha256:" + std::string(64, '0')}) {
            EXPECT_EQ(text(Method::get, path + "/_manifests/" + digest), manifest_unknown);
            EXPECT_EQ(text(Method::patch, path + "/_manifests/" + digest, "{}"), manifest_unknown);
        }
    }
}

TEST_F(AcrMetadataTest, LinksOfTags) {
    const auto link = [this](const std::string& query) {
        return header_of(send(Method::get, "/acr/v1/library/app/_tags?" + query), "Link");
    };
    EXPECT_EQ(link("n=2"), "</acr/v1/library/app/_tags?last=b&n=2&orderby=>; rel=\"next\"");
    EXPECT_EQ(link("n=1&orderby=timedesc&api-version=2021-07-01&x=y"),
              "</acr/v1/library/app/_tags?last=c&n=1&orderby=timedesc>; rel=\"next\"");
    EXPECT_EQ(link("n=1&orderby=a+b&last=a"),
              "</acr/v1/library/app/_tags?last=b&n=1&orderby=a%20b>; rel=\"next\"");
    EXPECT_EQ(link("n=1&digest=" + digest_), "</acr/v1/library/app/_tags?digest=sha256%3A" +
                                                 digest_.substr(7) +
                                                 "&last=a&n=1&orderby=>; rel=\"next\"");
    EXPECT_EQ(link("n=3"), "");
    EXPECT_EQ(link("n=1000000"), "");
}

TEST_F(AcrMetadataTest, LinksOfManifestsAndTheCatalog) {
    put("/v2/library/app/manifests/" + digest_);
    EXPECT_EQ(header_of(send(Method::get, "/acr/v1/library/app/_manifests?n=1"), "Link"), "");
    push_blob("other", "{}");
    put("/v2/other/manifests/a");
    for (const std::string prefix : {"/acr/v1", "/v2"}) {
        EXPECT_EQ(header_of(send(Method::get, prefix + "/_catalog?n=1"), "Link"),
                  "<" + prefix + "/_catalog?last=library%2Fapp&n=1&orderby=>; rel=\"next\"");
    }
}

TEST_F(AcrMetadataTest, AFilterThatNamesNothing) {
    for (const std::string& digest :
         {std::string("nonsense"), std::string("sha256:ab"), "sha256:" + std::string(64, '0')}) {
        EXPECT_EQ(text(Method::get, "/acr/v1/library/app/_tags?digest=" + digest),
                  "200 {\"registry\":\"myreg.example.io:5000\",\"imageName\":\"library/app\","
                  "\"tags\":null}\n");
    }
}

TEST_F(AcrMetadataTest, APatchAnswersWhatGetThenSays) {
    for (const std::string& path :
         {std::string("/acr/v1/library/app"), std::string("/acr/v1/library/app/_tags/a"),
          "/acr/v1/library/app/_manifests/" + digest_}) {
        const std::string answer = text(Method::patch, path, R"({"writeEnabled":false})");
        EXPECT_NE(answer.find("\"deleteEnabled\":true,\"writeEnabled\":false"), std::string::npos)
            << answer;
        EXPECT_EQ(answer, text(Method::get, path));
    }
}

TEST_F(AcrMetadataTest, ABodyThatIsRefusedChangesNothing) {
    const std::string before = text(Method::get, "/acr/v1/library/app");
    EXPECT_EQ(
        text(Method::patch, "/acr/v1/library/app",
             R"({"deleteEnabled":false,"listEnabled":"false"})"),
        error(400, "BAD_REQUEST", "invalid attributes: listEnabled is neither true nor false"));
    EXPECT_EQ(text(Method::get, "/acr/v1/library/app"), before);
}

TEST_F(AcrMetadataTest, ALargeBodyIsNotRead) {
    limits_.attributes_bytes_max = 20;
    const std::string body = R"({"listEnabled":true})";
    ASSERT_EQ(body.size(), 20U);
    EXPECT_EQ(send(Method::patch, "/acr/v1/library/app", body).status, 200);
    EXPECT_EQ(text(Method::patch, "/acr/v1/library/app", body + " "),
              error(413, "BAD_REQUEST", "the attributes are larger than 20 bytes"));
    EXPECT_EQ(body_reads_, 0);
}

TEST_F(AcrMetadataTest, Untag) {
    const http::Response response = send(Method::remove, "/acr/v1/library/app/_tags/a");
    EXPECT_EQ(response.status, 202);
    EXPECT_EQ(response.content_type, "");
    EXPECT_EQ(response.content_length(), 0U);
    EXPECT_EQ(header_of(response, "X-Ms-Int-Docker-Content-Digest"), digest_);
    EXPECT_EQ(send(Method::get, "/acr/v1/library/app/_tags/a").status, 404);
    EXPECT_EQ(send(Method::get, "/acr/v1/library/app/_manifests/" + digest_).status, 200);
}

TEST_F(AcrMetadataTest, DeleteARepository) {
    const http::Response response = send(Method::remove, "/acr/v1/library/app");
    EXPECT_EQ(response.status, 202);
    EXPECT_EQ(response.content_type, "application/json; charset=utf-8");
    EXPECT_EQ(body_of(response),
              "{\"manifestsDeleted\":[\"" + digest_ + "\"],\"tagsDeleted\":[\"a\",\"b\",\"c\"]}\n");
    EXPECT_EQ(send(Method::get, "/acr/v1/library/app").status, 404);
}

TEST_F(AcrMetadataTest, ALockedOperation) {
    EXPECT_EQ(
        send(Method::patch, "/acr/v1/library/app/_tags/a", R"({"deleteEnabled":false})").status,
        200);
    const http::Response response = send(Method::remove, "/acr/v1/library/app/_tags/a");
    EXPECT_EQ(response.status, 405);
    // acr-wire 3.2.
    EXPECT_EQ(response.content_length(), 263U);
}

TEST_F(AcrMetadataTest, PagesThatAreNoCount) {
    for (const char* path : {"/_catalog", "/library/app/_tags", "/library/app/_manifests"}) {
        for (const char* count : {"0", "-1", "x"}) {
            EXPECT_EQ(text(Method::get, "/acr/v1" + std::string(path) + "?n=" + count),
                      "400 {\"errors\":[{\"code\":\"PAGINATION_NUMBER_INVALID\",\"message\":"
                      "\"invalid number of results requested\",\"detail\":{\"n\":\"" +
                          std::string(count) + "\"}}]}\n");
        }
    }
}

}  // namespace
}  // namespace berth::api
