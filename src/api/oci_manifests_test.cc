// SPDX-License-Identifier: Apache-2.0
#include "api/testing/api_fixture.h"

#include <gmock/gmock.h>

namespace berth::api {
namespace {

using http::Method;
using testing::HasSubstr;

class ManifestHandlersTest : public ApiFixture {
  protected:
    http::Response put(const std::string& reference, const std::string& manifest) {
        return ask(Ask(Method::put, "/v2/a/manifests/" + reference)
                       .with("Content-Type", "application/vnd.oci.image.manifest.v1+json")
                       .body(manifest));
    }

    /// An image whose config is in the repository.
    std::string image() {
        const std::string config = push_blob("a", "{}");
        return R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
               R"("config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":")" +
               config + R"(","size":2},"layers":[]})";
    }
};

TEST_F(ManifestHandlersTest, ByTagAndByDigest) {
    const std::string bytes = image();
    const std::string digest = oci::digest_of(oci::Algorithm::sha256, as_bytes(bytes)).text();
    const http::Response pushed = put("v1", bytes);
    ASSERT_EQ(pushed.status, 201) << body_of(pushed);
    EXPECT_EQ(header_of(pushed, "Location"), "/v2/a/manifests/" + digest);
    EXPECT_EQ(header_of(pushed, "OCI-Tag"), "");
    for (const std::string& reference : {std::string("v1"), digest}) {
        const http::Response found = get("/v2/a/manifests/" + reference);
        EXPECT_EQ(found.status, 200);
        EXPECT_EQ(body_of(found), bytes);
        EXPECT_EQ(found.content_type, "application/vnd.oci.image.manifest.v1+json");
        EXPECT_EQ(header_of(found, "Docker-Content-Digest"), digest);
        EXPECT_EQ(header_of(found, "ETag"), "\"" + digest + "\"");
    }
    const Ask again =
        Ask(Method::get, "/v2/a/manifests/v1").with("If-None-Match", "\"" + digest + "\"");
    EXPECT_EQ(ask(again).status, 304);
    // Two Accept lines count as one list.
    const Ask json_only = Ask(Method::get, "/v2/a/manifests/v1").with("Accept", "application/json");
    EXPECT_EQ(ask(json_only).status, 404);
    const Ask both = Ask(json_only).with("accept", "application/vnd.oci.image.manifest.v1+json");
    EXPECT_EQ(ask(both).status, 200);
}

TEST_F(ManifestHandlersTest, APushByDigestMayNameTags) {
    const std::string bytes = image();
    const std::string digest = oci::digest_of(oci::Algorithm::sha256, as_bytes(bytes)).text();
    const http::Response pushed = put(digest + "?tag=b&tag=a&tag=b", bytes);
    EXPECT_EQ(pushed.status, 201);
    EXPECT_EQ(header_of(pushed, "OCI-Tag"), "b | a");
    EXPECT_EQ(get("/v2/a/manifests/a").status, 200);
    std::string many = digest + "?";
    for (std::uint32_t i = 0; i <= limits_.tags_per_push_max; ++i) {
        many += "tag=t" + std::to_string(i) + "&";
    }
    EXPECT_EQ(put(many, bytes).status, 414);
    EXPECT_EQ(body_reads_, 0);
    EXPECT_EQ(put(digest + "?tag=.no", bytes).status, 400);
}

TEST_F(ManifestHandlersTest, WhatIsNotThere) {
    const http::Response by_tag = get("/v2/a/manifests/wrong-tag");
    EXPECT_EQ(by_tag.status, 404);
    EXPECT_EQ(by_tag.content_length(), 128U);
    const http::Response by_digest = get("/v2/a/manifests/sha256:abcdef");
    EXPECT_EQ(by_digest.status, 404);
    EXPECT_THAT(body_of(by_digest), HasSubstr("MANIFEST_UNKNOWN"));
    EXPECT_EQ(put("sha256:abcdef", "{}").status, 400);
}

TEST_F(ManifestHandlersTest, DeleteIsByDigest) {
    ASSERT_EQ(put("v1", image()).status, 201);
    const std::string digest = header_of(get("/v2/a/manifests/v1"), "Docker-Content-Digest");
    const http::Response by_tag = ask(Ask(Method::remove, "/v2/a/manifests/v1"));
    EXPECT_EQ(by_tag.status, 405);
    EXPECT_EQ(by_tag.content_length(), 90U);
    EXPECT_EQ(status_of(Method::remove, "/v2/a/manifests/" + digest), 202);
    const http::Response again = ask(Ask(Method::remove, "/v2/a/manifests/" + digest));
    EXPECT_EQ(again.status, 404);
    EXPECT_EQ(again.content_length(), 147U);
}

TEST_F(ManifestHandlersTest, AManifestOverTheLimitIsNotRead) {
    limits_.manifest_bytes_max = 10;
    const http::Response response = ask(Ask(Method::put, "/v2/a/manifests/latest")
                                            .with("Content-Type", "application/json")
                                            .body("{\"too\": \"long\"}"));
    EXPECT_EQ(response.status / 100, 4);
    EXPECT_EQ(body_reads_, 0);
}

}  // namespace
}  // namespace berth::api
