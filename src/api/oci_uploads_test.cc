// SPDX-License-Identifier: Apache-2.0
#include "api/testing/api_fixture.h"

namespace berth::api {
namespace {

using http::Method;

class UploadHandlersTest : public ApiFixture {
  protected:
    /// A new session's link.
    std::string begin() {
        const http::Response started = ask(Ask(Method::post, "/v2/a/blobs/uploads/"));
        EXPECT_EQ(started.status, 202);
        EXPECT_EQ(header_of(started, "Range"), "0-0");
        EXPECT_EQ(header_of(started, "Docker-Upload-Uuid").size(), 36U);
        return header_of(started, "Location");
    }

    static std::string digest_of(const std::string& text) {
        return oci::digest_of(oci::Algorithm::sha256, as_bytes(text)).text();
    }
};

TEST_F(UploadHandlersTest, ARefusedChunkLeavesTheSessionUsable) {
    const http::Response started = ask(Ask(Method::post, "/v2/a/blobs/uploads/"));
    ASSERT_EQ(started.status, 202);
    const std::string link = header_of(started, "Location");
    const auto chunk = [&](const std::string& range, const std::string& text) {
        return ask(Ask(Method::patch, link).with("Content-Range", range).body(text));
    };
    EXPECT_EQ(chunk("-1--1", "hello").status, 416);
    EXPECT_EQ(body_reads_, 0);
    EXPECT_EQ(chunk("0-4", "hello").status, 202);
    EXPECT_EQ(chunk("0-4", "hello").status, 416);
    EXPECT_EQ(chunk("5-6", "too long").status, 416);
    EXPECT_EQ(body_reads_, 0);
    const http::Response next = chunk("5-10", " world");
    EXPECT_EQ(next.status, 202);
    EXPECT_EQ(header_of(next, "Range"), "0-10");
    const std::string digest =
        oci::digest_of(oci::Algorithm::sha256, as_bytes(std::string("hello world"))).text();
    EXPECT_EQ(ask(Ask(Method::put, link + "&digest=" + digest)).status, 201);
    EXPECT_EQ(body_of(get("/v2/a/blobs/" + digest)), "hello world");
}

TEST_F(UploadHandlersTest, ThePathAloneNamesTheSession) {
    const std::string link = begin();
    EXPECT_EQ(ask(Ask(Method::patch, link).body("hello")).status, 202);
    const http::Response status = get(link.substr(0, link.find('?')));
    EXPECT_EQ(status.status, 204);
    EXPECT_EQ(header_of(status, "Range"), "0-4");
    EXPECT_NE(header_of(status, "Location"), link);
    EXPECT_EQ(get(link).status, 204);
}

TEST_F(UploadHandlersTest, TheLastBytesMayComeWithTheDigest) {
    const std::string link = begin();
    EXPECT_EQ(ask(Ask(Method::patch, link).body("hello")).status, 202);
    const Ask wrong =
        Ask(Method::put, link + "&digest=" + digest_of("x")).with("Content-Range", "9-9");
    EXPECT_EQ(ask(wrong).status, 416);
    const http::Response done =
        ask(Ask(Method::put, link + "&digest=" + digest_of("hello world")).body(" world"));
    EXPECT_EQ(done.status, 201);
    EXPECT_EQ(header_of(done, "Docker-Content-Digest"), digest_of("hello world"));
    EXPECT_EQ(header_of(done, "Location"), "/v2/a/blobs/" + digest_of("hello world"));
    EXPECT_EQ(get(link).status, 404);
}

TEST_F(UploadHandlersTest, AnUnreadableDigestIsRefusedBeforeTheBody) {
    const std::string link = begin();
    for (const char* digest : {"", "&digest=", "&digest=sha256:00000000", "&digest=nonsense"}) {
        const http::Response response = ask(Ask(Method::put, link + digest).body("hello"));
        EXPECT_EQ(response.status, 400) << digest;
        EXPECT_EQ(response.content_length(), 131U) << digest;
        EXPECT_EQ(body_reads_, 0) << digest;
    }
    EXPECT_EQ(get(link).status, 204);
}

TEST_F(UploadHandlersTest, DeleteEndsASession) {
    const std::string link = begin();
    const http::Response deleted = ask(Ask(Method::remove, link));
    EXPECT_EQ(deleted.status, 204);
    EXPECT_EQ(header_of(deleted, "Docker-Upload-Uuid").size(), 36U);
    EXPECT_EQ(ask(Ask(Method::remove, link)).status, 404);
}

TEST_F(UploadHandlersTest, InOneRequest) {
    const std::string digest = push_blob("a", "hello");
    EXPECT_EQ(body_of(get("/v2/a/blobs/" + digest)), "hello");
    const http::Response mismatch =
        ask(Ask(Method::post, "/v2/a/blobs/uploads/?digest=" + digest_of("other")).body("hello"));
    EXPECT_EQ(mismatch.status, 400);
    EXPECT_EQ(get("/v2/a/blobs/" + digest_of("other")).status, 404);
}

TEST_F(UploadHandlersTest, AMountOrAnUploadInstead) {
    const std::string digest = push_blob("source", "hello");
    const std::string start = "/v2/a/blobs/uploads/?mount=";
    const http::Response mounted = ask(Ask(Method::post, start + digest + "&from=source"));
    EXPECT_EQ(mounted.status, 201);
    EXPECT_EQ(header_of(mounted, "Location"), "/v2/a/blobs/" + digest);
    EXPECT_EQ(status_of(Method::post, "/v2/b/blobs/uploads/?mount=" + digest), 201);
    EXPECT_EQ(status_of(Method::post, start + digest + "&from=nowhere"), 202);
    EXPECT_EQ(status_of(Method::post, start + digest_of("absent") + "&from=source"), 202);
    EXPECT_EQ(status_of(Method::post, start + "nonsense"), 202);
    EXPECT_EQ(status_of(Method::post, start + digest + "&from=NO%20NAME"), 202);
}

TEST_F(UploadHandlersTest, TheDigestsAlgorithmIsChosenAtTheStart) {
    const std::string target = "/v2/a/blobs/uploads/?digest-algorithm=";
    EXPECT_EQ(status_of(Method::post, target + "md5"), 400);
    const std::string link = header_of(ask(Ask(Method::post, target + "sha512")), "Location");
    const std::string digest =
        oci::digest_of(oci::Algorithm::sha512, as_bytes(std::string("hello"))).text();
    EXPECT_EQ(ask(Ask(Method::put, link + "&digest=" + digest).body("hello")).status, 201);
}

}  // namespace
}  // namespace berth::api
