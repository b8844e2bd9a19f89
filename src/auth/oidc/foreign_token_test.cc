// SPDX-License-Identifier: Apache-2.0
#include "auth/oidc/foreign_token.h"

#include "auth/testing/foreign_key.h"

#include <gmock/gmock.h>

namespace berth::auth {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Not signed: this is about reading.
std::string token(std::string_view header, std::string_view claims) {
    return join_jwt(jwt_signed_text(header, claims), "signature");
}

constexpr std::string_view kHeader = R"({"alg":"RS256","typ":"JWT","kid":"k"})";

bool is_taken(std::string_view header) {
    return parse_foreign_token(token(header, "{}")).has_value();
}

std::optional<ForeignClaims> claims(std::string_view json) {
    const std::string text = token(kHeader, json);
    auto parsed = parse_foreign_token(text);
    return parsed ? std::optional(std::move(parsed->claims)) : std::nullopt;
}

TEST(ForeignToken, SaysWhoseKeyToTry) {
    const std::string text =
        token(R"({"alg":"ES256","kid":"key 1","x5t":"abc"})", R"({"iss":"https://i/"})");
    const auto parsed = parse_foreign_token(text);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->algorithm, SignatureAlgorithm::es256);
    EXPECT_EQ(parsed->kid, "key 1");
    EXPECT_EQ(parsed->claims.issuer, "https://i/");
    EXPECT_EQ(parsed->jwt.signature, "signature");
    EXPECT_TRUE(is_taken(R"({"alg":"RS256","kid":"k"})"));
    EXPECT_TRUE(is_taken(R"({"alg":"RS256","kid":"k","typ":"at+jwt","x5c":["MII"]})"));
}

TEST(ForeignToken, OtherHeadersAreRefused) {
    const char* const headers[] = {
        "{}",
        R"({"alg":"none","kid":"k"})",
        R"({"alg":"None","kid":"k"})",
        R"({"alg":"HS256","kid":"k"})",
        R"({"alg":"RS384","kid":"k"})",
        R"({"alg":"PS256","kid":"k"})",
        R"({"alg":"rs256","kid":"k"})",
        R"({"alg":["RS256"],"kid":"k"})",
        R"({"kid":"k"})",
        R"({"alg":"RS256"})",
        R"({"alg":"RS256","kid":""})",
        R"({"alg":"RS256","kid":7})",
        R"({"alg":"RS256","kid":"k","crit":["exp"]})",
        R"({"alg":"RS256","kid":"k","jwk":{}})",
        R"({"alg":"RS256","kid":"k","jku":"https://evil/"})",
        R"({"alg":"RS256","kid":"k","x5u":"https://evil/"})",
        R"({"alg":"RS256","kid":"k"}})",
        R"({"alg":"RS256","kid":"k"},{})",
        R"({"alg":"RS256","kid":"k","a":[[[[[[[[[[1]]]]]]]]]]})",
    };
    for (const char* header : headers) {
        EXPECT_FALSE(is_taken(header)) << header;
    }
    EXPECT_FALSE(is_taken(R"({"alg":"RS256","kid":")" + std::string(257, 'k') + "\"}"));
}

TEST(ForeignToken, LongAndMalformedTokensAreRefused) {
    EXPECT_FALSE(parse_foreign_token(""));
    EXPECT_FALSE(parse_foreign_token("a.b.c"));
    EXPECT_FALSE(parse_foreign_token("opaque-refresh-token"));
    const std::string claims(kForeignTokenBytesMax, 'x');
    EXPECT_FALSE(parse_foreign_token(token(kHeader, "{\"a\":\"" + claims + "\"}")));
    EXPECT_FALSE(parse_unsigned_claims(token(kHeader, "{\"a\":\"" + claims + "\"}")));
}

TEST(ForeignToken, ClaimsBecomeTexts) {
    const auto parsed =
        claims(R"({"iss":"i","sub":"s","aud":["a","b"],"tid":"t","oid":"o","appid":"p","exp":30,)"
               R"("nbf":10.9,"iat":2e1,"number":7,"big":18446744073709551615,"negative":-1,)"
               R"("fraction":1.5,"yes":true,"no":false,"nothing":null,)"
               R"("groups":["g1",2,false,null,{"a":1},["x"]],)"
               R"("kubernetes.io":{"namespace":"ns","serviceaccount":{"name":"sa"}}})");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->issuer, "i");
    EXPECT_EQ(parsed->subject, "s");
    EXPECT_EQ(parsed->tenant, "t");
    EXPECT_EQ(parsed->object_id, "o");
    EXPECT_EQ(parsed->app_id, "p");
    EXPECT_THAT(parsed->audiences, ElementsAre("a", "b"));
    EXPECT_EQ(parsed->expires, 30);
    EXPECT_EQ(parsed->not_before, 10);
    EXPECT_EQ(parsed->issued, 20);
    const ClaimTexts& texts = parsed->texts;
    EXPECT_THAT(texts.at("sub"), ElementsAre("s"));
    EXPECT_THAT(texts.at("number"), ElementsAre("7"));
    EXPECT_THAT(texts.at("big"), ElementsAre("18446744073709551615"));
    EXPECT_THAT(texts.at("negative"), ElementsAre("-1"));
    EXPECT_THAT(texts.at("fraction"), IsEmpty());
    EXPECT_THAT(texts.at("yes"), ElementsAre("true"));
    EXPECT_THAT(texts.at("no"), ElementsAre("false"));
    EXPECT_THAT(texts.at("nothing"), IsEmpty());
    EXPECT_THAT(texts.at("groups"), ElementsAre("g1", "2", "false"));
    EXPECT_THAT(texts.at("kubernetes.io.namespace"), ElementsAre("ns"));
    EXPECT_THAT(texts.at("kubernetes.io.serviceaccount.name"), ElementsAre("sa"));
}

TEST(ForeignToken, StandardClaimsOfAnotherTypeAreAbsentOrRefused) {
    EXPECT_EQ(claims(R"({"iss":["i"],"sub":1})")->issuer, "");
    EXPECT_EQ(claims(R"({"iss":["i"],"sub":1})")->subject, "");
    EXPECT_EQ(claims(R"({"azp":"z"})")->app_id, "z");
    EXPECT_THAT(claims(R"({"aud":"a"})")->audiences, ElementsAre("a"));
    for (const char* json :
         {R"({"aud":1})", R"({"aud":["a",1]})", R"({"exp":"30"})", R"({"exp":-1})",
          R"({"exp":1e300})", R"({"exp":null})", R"({"nbf":true})", R"({"iat":"x"})", "[]", "{",
          R"({"a.b":1,"a":{"b":2}})", R"({"a":{"b":2},"a.b":1})"}) {
        EXPECT_FALSE(claims(json)) << json;
    }
}

TEST(ForeignToken, DepthAndNumberOfClaimsHaveAnEnd) {
    EXPECT_TRUE(claims(R"({"a":{"b":{"c":{"d":1}}}})"));
    EXPECT_FALSE(claims(R"({"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{"i":1}}}}}}}}}})"));
    std::string list = "0";
    for (std::size_t i = 1; i < kClaimTextsMax; ++i) {
        list += ",0";
    }
    EXPECT_TRUE(claims("{\"groups\":[" + list + "]}"));
    EXPECT_FALSE(claims("{\"groups\":[" + list + ",0]}"));
}

TEST(ForeignToken, UnsignedClaimsAreReadWhateverTheHeader) {
    EXPECT_EQ(parse_unsigned_claims(token(R"({"alg":"none"})", R"({"sub":"s"})"))->subject, "s");
    EXPECT_FALSE(parse_unsigned_claims("x"));
}

TEST(ForeignToken, TimesCountWithSkew) {
    ForeignClaims some;
    EXPECT_EQ(check_time(some, 1000, 60), TokenTime::expired) << "exp is required";
    some.expires = 1000;
    EXPECT_EQ(check_time(some, 1059, 60), TokenTime::good);
    EXPECT_EQ(check_time(some, 1060, 60), TokenTime::expired);
    EXPECT_EQ(check_time(some, 1000, 0), TokenTime::expired);
    some.not_before = 500;
    EXPECT_EQ(check_time(some, 440, 60), TokenTime::good);
    EXPECT_EQ(check_time(some, 439, 60), TokenTime::not_yet);
    some.issued = 600;
    EXPECT_EQ(check_time(some, 539, 60), TokenTime::not_yet);
    EXPECT_EQ(check_time(some, 540, 60), TokenTime::good);
}

}  // namespace
}  // namespace berth::auth
