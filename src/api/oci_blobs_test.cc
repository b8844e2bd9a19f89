// SPDX-License-Identifier: Apache-2.0
#include "api/testing/api_fixture.h"

#include <gmock/gmock.h>

namespace berth::api {
namespace {

using http::Method;
using testing::HasSubstr;

class BlobHandlersTest : public ApiFixture {
  protected:
    Ask get_blob() const { return {Method::get, target_}; }

    const std::string digest_ = push_blob("library/app", "hello world");
    const std::string target_ = "/v2/library/app/blobs/" + digest_;
};

TEST_F(BlobHandlersTest, TheWholeBlobRawAndPercentEncoded) {
    for (const std::string& target :
         {target_, "/v2/library%2Fapp/blobs/sha256%3A" + digest_.substr(7)}) {
        const http::Response whole = get(target);
        EXPECT_EQ(whole.status, 200);
        EXPECT_EQ(body_of(whole), "hello world");
        EXPECT_EQ(whole.content_type, "application/octet-stream");
        EXPECT_EQ(header_of(whole, "ETag"), "\"" + digest_ + "\"");
        EXPECT_EQ(header_of(whole, "Docker-Content-Digest"), digest_);
        EXPECT_EQ(header_of(whole, "Accept-Ranges"), "bytes");
    }
}

TEST_F(BlobHandlersTest, OneRange) {
    const http::Response part = ask(get_blob().with("Range", "bytes=6-100"));
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(body_of(part), "world");
    EXPECT_EQ(header_of(part, "Content-Range"), "bytes 6-10/11");
}

TEST_F(BlobHandlersTest, SeveralRanges) {
    const http::Response several = ask(get_blob().with("Range", "bytes=0-0,10-10"));
    EXPECT_EQ(several.status, 206);
    const std::string start = "multipart/byteranges; boundary=";
    ASSERT_TRUE(several.content_type.starts_with(start));
    const std::string boundary = several.content_type.substr(start.size());
    const std::string part = "\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ";
    const std::string body = body_of(several);
    EXPECT_EQ(body, "--" + boundary + part + "0-0/11\r\n\r\nh\r\n--" + boundary + part +
                        "10-10/11\r\n\r\nd\r\n--" + boundary + "--\r\n");
    EXPECT_EQ(several.content_length(), body.size());
}

// The blob above is kept in the catalog; this one is a file.
TEST_F(BlobHandlersTest, AFileIsAnsweredAsASmallBlobIs) {
    std::string content(limits_.inline_blob_bytes_max + 10, '.');
    content.replace(0, 5, "hello");
    content.replace(content.size() - 5, 5, "world");
    const std::string target = "/v2/library/app/blobs/" + push_blob("library/app", content);
    const auto range = [&](const std::string& wanted) {
        const http::Response part = ask(Ask(Method::get, target).with("Range", wanted));
        EXPECT_EQ(part.status, 206);
        EXPECT_TRUE(std::holds_alternative<http::FileBody>(part.body));
        return body_of(part);
    };
    EXPECT_EQ(body_of(get(target)), content);
    EXPECT_EQ(range("bytes=0-4"), "hello");
    EXPECT_EQ(range("bytes=-5"), "world");
    EXPECT_THAT(range("bytes=0-0,-1"),
                AllOf(HasSubstr("\r\n\r\nh\r\n--"), HasSubstr("\r\n\r\nd\r\n--")));
}

TEST_F(BlobHandlersTest, ARangeBeyondTheEnd) {
    const http::Response response = ask(get_blob().with("Range", "bytes=11-"));
    EXPECT_EQ(response.status, 416);
    EXPECT_EQ(header_of(response, "Content-Range"), "bytes */11");
}

TEST_F(BlobHandlersTest, Preconditions) {
    const http::Response unchanged = ask(get_blob().with("If-None-Match", "*"));
    EXPECT_EQ(unchanged.status, 304);
    EXPECT_EQ(body_of(unchanged), "");
    const http::Response changed =
        ask(get_blob().with("Range", "bytes=0-0").with("If-Range", "\"other\""));
    EXPECT_EQ(changed.status, 200);
    EXPECT_EQ(body_of(changed), "hello world");
}

// acr-wire 11.1
TEST_F(BlobHandlersTest, HeadIgnoresRanges) {
    const http::Response head = ask(Ask(Method::head, target_).with("Range", "bytes=0-0"));
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.content_length(), 11U);
    EXPECT_EQ(header_of(head, "Docker-Content-Digest"), digest_);
    EXPECT_EQ(header_of(head, "ETag") + header_of(head, "Accept-Ranges"), "");
}

TEST_F(BlobHandlersTest, WhatIsNotThere) {
    const http::Response elsewhere = get("/v2/other/blobs/" + digest_);
    EXPECT_EQ(elsewhere.status, 404);
    EXPECT_THAT(body_of(elsewhere), HasSubstr("BLOB_UNKNOWN"));
    EXPECT_EQ(status_of(Method::head, "/v2/library/app/blobs/sha256:ab"), 404);
}

TEST_F(BlobHandlersTest, DeleteUnlinksOnce) {
    const http::Response removed = ask(Ask(Method::remove, target_));
    EXPECT_EQ(removed.status, 202);
    EXPECT_EQ(header_of(removed, "Docker-Content-Digest"), "");
    const http::Response again = ask(Ask(Method::remove, target_));
    EXPECT_EQ(again.status, 404);
    EXPECT_EQ(again.content_length(), 74U);
}

}  // namespace
}  // namespace berth::api
