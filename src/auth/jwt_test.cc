// SPDX-License-Identifier: Apache-2.0
#include "auth/jwt.h"

#include <gtest/gtest.h>

namespace berth::auth {
namespace {

TEST(Jwt, SplitsWhatItJoined) {
    const std::string signature("\xFF\xFE\xFD\x00\x01", 5);
    const std::string signed_text = jwt_signed_text(R"({"alg":"RS256"})", R"({"a":1})");
    const std::string token = join_jwt(signed_text, signature);
    EXPECT_EQ(token, "eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.__79AAE");
    const auto jwt = split_jwt(token);
    ASSERT_TRUE(jwt.has_value());
    EXPECT_EQ(jwt->signed_text, signed_text);
    EXPECT_EQ(jwt->header, R"({"alg":"RS256"})");
    EXPECT_EQ(jwt->payload, R"({"a":1})");
    EXPECT_EQ(jwt->signature, signature);
}

TEST(Jwt, Malformed) {
    for (const std::string_view token :
         {"", ".", "..", "abc", "abc.def.ghi", "eyJhIjoxfQ.eyJhIjoxfQ", "eyJhIjoxfQ.eyJhIjoxfQ.",
          ".eyJhIjoxfQ.AAAA", "eyJhIjoxfQ.eyJhIjoxfQ.AAAA.AAAA", "eyJhIjoxfQ==.eyJhIjoxfQ.AAAA",
          "eyJhIjoxfQ.eyJhIjoxfQ.AA+A", "eyJhIjoxfQ.eyJhIjoxfR.AAAA", "eyJhIjoxfQ.WzFd.AAAA",
          "eyJhIjoxfQ.eyJhIjoxfQ.AA A"}) {
        EXPECT_FALSE(split_jwt(token).has_value()) << token;
    }
    const std::string part(kTokenBytesMax, 'A');
    EXPECT_FALSE(split_jwt("eyJhIjoxfQ.eyJhIjoxfQ." + part).has_value());
}

}  // namespace
}  // namespace berth::auth
