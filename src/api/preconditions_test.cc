// SPDX-License-Identifier: Apache-2.0
#include "api/preconditions.h"

#include "oci/hasher.h"

#include <gtest/gtest.h>

namespace berth::api {
namespace {

const std::string kEtag = "\"sha256:ab\"";

bool unchanged(std::vector<http::HeaderView> headers) {
    http::RequestHead request;
    request.headers = std::move(headers);
    return none_match_says_unchanged(request, kEtag);
}

TEST(Preconditions, TheEtagIsTheQuotedDigest) {
    const oci::Digest digest = oci::digest_of(oci::Algorithm::sha256, {});
    EXPECT_EQ(etag_of(digest),
              "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"");
}

TEST(Preconditions, IfNoneMatch) {
    EXPECT_FALSE(unchanged({}));
    EXPECT_TRUE(unchanged({{"If-None-Match", "\"sha256:ab\""}}));
    EXPECT_TRUE(unchanged({{"if-none-match", "W/\"sha256:ab\""}}));
    EXPECT_TRUE(unchanged({{"If-None-Match", "*"}}));
    EXPECT_TRUE(unchanged({{"If-None-Match", "\"x\" ,\t\"sha256:ab\""}}));
    EXPECT_TRUE(unchanged({{"If-None-Match", "\"x\""}, {"If-None-Match", "\"sha256:ab\""}}));
    EXPECT_FALSE(unchanged({{"If-None-Match", "\"sha256:abc\""}}));
    EXPECT_FALSE(unchanged({{"If-None-Match", "sha256:ab"}}));
    EXPECT_FALSE(unchanged({{"If-None-Match", ",,"}}));
    EXPECT_FALSE(unchanged({{"If-Match", "\"sha256:ab\""}}));
}

TEST(Preconditions, IfRange) {
    http::RequestHead request;
    EXPECT_TRUE(range_applies(request, kEtag));
    request.headers = {{"If-Range", "\"sha256:ab\""}};
    EXPECT_TRUE(range_applies(request, kEtag));
    for (const char* other :
         {"\"sha256:abc\"", "W/\"sha256:ab\"", "Thu, 02 May 2024 09:41:07 GMT"}) {
        request.headers = {{"If-Range", other}};
        EXPECT_FALSE(range_applies(request, kEtag)) << other;
    }
}

}  // namespace
}  // namespace berth::api
