// SPDX-License-Identifier: Apache-2.0
#include "auth/token_verifier.h"

#include "auth/jwt.h"
#include "auth/testing/tokens_fixture.h"

#include <gtest/gtest.h>

namespace berth::auth {
namespace {

class TokenVerifierTest : public TokensFixture {};

TEST_F(TokenVerifierTest, AnIssuedTokenIsGoodForItsTimeAndAudience) {
    const Seconds at = current();
    const std::string token = access_token("reg:5000", at);
    const auto claims = io::run_task(verifier_.verify(token, "reg:5000", at));
    ASSERT_TRUE(claims.has_value()) << claims.error().log_detail;
    EXPECT_EQ((*claims)->subject, "admin");
    EXPECT_EQ((*claims)->access, kPull);
    EXPECT_EQ(refusal(token, "reg:5000", at - kBackdated), Errc::internal);
    EXPECT_EQ(refusal(token, "reg:5000", at - kBackdated - 1), Errc::token_invalid);
    EXPECT_EQ(refusal(token, "reg:5000", at + kAccessLifetime - 1), Errc::internal);
    EXPECT_EQ(refusal(token, "reg:5000", at + kAccessLifetime), Errc::token_invalid);
    EXPECT_EQ(refusal(token, "reg", at), Errc::token_invalid);
    EXPECT_EQ(refusal(token, "", at), Errc::token_invalid);
}

TEST_F(TokenVerifierTest, WhatWasChangedIsInvalid) {
    const std::string token = access_token();
    const Jwt jwt = *split_jwt(token);
    const auto forged = [](const std::string& header, const std::string& payload,
                           const std::string& signature) {
        return join_jwt(jwt_signed_text(header, payload), signature);
    };
    EXPECT_EQ(forged(jwt.header, jwt.payload, jwt.signature), token);
    EXPECT_EQ(refusal(token), Errc::internal) << "and is remembered from here on";
    std::string other_payload = jwt.payload;
    other_payload.replace(other_payload.find("pull"), 4, "push");
    EXPECT_EQ(refusal(forged(jwt.header, other_payload, jwt.signature)), Errc::token_invalid);
    std::string signature = jwt.signature;
    signature.front() = static_cast<char>(signature.front() ^ 1);
    EXPECT_EQ(refusal(forged(jwt.header, jwt.payload, signature)), Errc::token_invalid);
    for (const std::string& header :
         {std::string(R"({"alg":"none","typ":"JWT"})"),
          std::string(R"({"alg":"HS256","typ":"JWT"})"), jwt.header + " {}"}) {
        EXPECT_EQ(refusal(forged(header, jwt.payload, jwt.signature)), Errc::token_invalid);
    }
    EXPECT_EQ(refusal(token.substr(0, token.rfind('.') + 1)), Errc::token_malformed);
    EXPECT_EQ(refusal("abc"), Errc::token_malformed);
    EXPECT_EQ(refusal(""), Errc::token_malformed);
}

// Signed with another key but otherwise as ours would be.
TEST_F(TokenVerifierTest, AnotherKeyIsInvalid) {
    const Jwt jwt = *split_jwt(access_token());
    const SigningKey foreign = SigningKey::generate().value();
    for (const std::string& header : {jwt.header, token_header(foreign.kid())}) {
        const std::string text = jwt_signed_text(header, jwt.payload);
        EXPECT_EQ(refusal(join_jwt(text, *foreign.sign(text))), Errc::token_invalid);
    }
}

TEST_F(TokenVerifierTest, WhatWasVerifiedIsRememberedAndBounded) {
    const std::string token = access_token();
    EXPECT_EQ(refusal(token), Errc::internal);
    EXPECT_EQ(refusal(token), Errc::internal);
    EXPECT_EQ(refusal("abc"), Errc::token_malformed);
    EXPECT_EQ(verifier_.remembered(), 1U);
    // A remembered token still has its audience and its end.
    EXPECT_EQ(refusal(token, "other"), Errc::token_invalid);
    EXPECT_EQ(refusal(token, "reg", current() + kAccessLifetime + 1), Errc::token_invalid);
}

TEST_F(TokenVerifierTest, ALongTokenIsNotRemembered) {
    const std::vector<oci::Scope> many(60, kPull.front());
    const std::string token = access_token("reg", current(), many);
    EXPECT_GT(token.size(), TokenVerifier::kRememberedBytesMax);
    EXPECT_EQ(refusal(token), Errc::internal);
    EXPECT_EQ(verifier_.remembered(), 0U);
}

}  // namespace
}  // namespace berth::auth
