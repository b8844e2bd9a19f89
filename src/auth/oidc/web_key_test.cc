// SPDX-License-Identifier: Apache-2.0
#include "auth/oidc/web_key.h"

#include "auth/testing/foreign_key.h"

#include <gtest/gtest.h>

namespace berth::auth {
namespace {

std::string key_set(const std::string& keys) {
    return "{\"keys\":[" + keys + "]}";
}

/// How many keys of the set can be used.
std::size_t usable(const std::string& keys) {
    const auto parsed = parse_web_keys(key_set(keys));
    return parsed ? parsed->size() : 999;
}

class WebKeyTest : public testing::Test {
  protected:
    const ForeignKey& rsa_ = ForeignKey::shared_rsa();
    const ForeignKey ec_ = ForeignKey::ec("e");
};

TEST_F(WebKeyTest, VerifiesWhatItsPairSigned) {
    const auto keys = parse_web_keys(key_set(rsa_.jwk() + "," + ec_.jwk()));
    ASSERT_TRUE(keys);
    const WebKey* rsa = find_web_key(*keys, "r", SignatureAlgorithm::rs256);
    const WebKey* ec = find_web_key(*keys, "e", SignatureAlgorithm::es256);
    ASSERT_NE(rsa, nullptr);
    ASSERT_NE(ec, nullptr);
    EXPECT_TRUE(rsa->verify("text", rsa_.sign("text")));
    EXPECT_TRUE(ec->verify("text", ec_.sign("text")));
    EXPECT_FALSE(rsa->verify("other", rsa_.sign("text")));
    EXPECT_FALSE(ec->verify("other", ec_.sign("text")));
    EXPECT_FALSE(rsa->verify("text", ec_.sign("text")));
    EXPECT_FALSE(ec->verify("text", rsa_.sign("text")));
    EXPECT_FALSE(rsa->verify("text", ForeignKey::rsa("r").sign("text")));
    EXPECT_FALSE(ec->verify("text", ForeignKey::ec("e").sign("text")));
    for (const std::string& signature :
         {std::string(), std::string(64, '\0'), std::string(256, '\0'), std::string(256, '\xff'),
          std::string(64, '\xff'), ec_.sign("text") + "x", rsa_.sign("text") + "x",
          ec_.sign("text").substr(0, 63)}) {
        EXPECT_FALSE(rsa->verify("text", signature));
        EXPECT_FALSE(ec->verify("text", signature));
    }
}

TEST_F(WebKeyTest, AKeyIsFoundUnderItsOwnAlgorithmOnly) {
    const auto keys = parse_web_keys(key_set(rsa_.jwk() + "," + ec_.jwk()));
    EXPECT_EQ(find_web_key(*keys, "r", SignatureAlgorithm::es256), nullptr);
    EXPECT_EQ(find_web_key(*keys, "e", SignatureAlgorithm::rs256), nullptr);
    EXPECT_EQ(find_web_key(*keys, "x", SignatureAlgorithm::rs256), nullptr);
}

TEST_F(WebKeyTest, UseAlgorithmAndOperationsMustFit) {
    EXPECT_EQ(usable(rsa_.jwk(R"("use":"sig",)")), 1U);
    EXPECT_EQ(usable(rsa_.jwk(R"("alg":"RS256","use":"sig","key_ops":["verify"],)")), 1U);
    EXPECT_EQ(usable(ec_.jwk(R"("alg":"ES256",)")), 1U);
    EXPECT_EQ(usable(rsa_.jwk(R"("use":"enc",)")), 0U);
    EXPECT_EQ(usable(rsa_.jwk(R"("use":1,)")), 0U);
    EXPECT_EQ(usable(rsa_.jwk(R"("alg":"RS512",)")), 0U);
    EXPECT_EQ(usable(rsa_.jwk(R"("alg":"ES256",)")), 0U);
    EXPECT_EQ(usable(ec_.jwk(R"("alg":"RS256",)")), 0U);
    EXPECT_EQ(usable(rsa_.jwk(R"("key_ops":["encrypt"],)")), 0U);
    EXPECT_EQ(usable(rsa_.jwk(R"("key_ops":"verify",)")), 0U);
}

TEST_F(WebKeyTest, WeakAndMalformedKeysAreLeftOut) {
    EXPECT_EQ(usable(ForeignKey::rsa("r", 1024).jwk()), 0U);
    EXPECT_EQ(usable(ForeignKey::rsa("").jwk()), 0U);
    EXPECT_EQ(usable(ForeignKey::rsa(std::string(257, 'k')).jwk()), 0U);
    const std::string n = rsa_.number(OSSL_PKEY_PARAM_RSA_N);
    const auto rsa = [](const std::string& modulus, const std::string& exponent) {
        return R"({"kid":"r","kty":"RSA","n":")" + modulus + R"(","e":")" + exponent + "\"}";
    };
    EXPECT_EQ(usable(rsa(n, "AQAB")), 1U);
    EXPECT_EQ(usable(rsa(n, "AQ")), 0U);    // 1
    EXPECT_EQ(usable(rsa(n, "AA")), 0U);    // 0
    EXPECT_EQ(usable(rsa(n, "AQAA")), 0U);  // even
    EXPECT_EQ(usable(rsa(n, "")), 0U);
    EXPECT_EQ(usable(rsa(n, ForeignKey::encoded(std::string(9, '\x01')))), 0U);
    EXPECT_EQ(usable(rsa(n + "+", "AQAB")), 0U);
    EXPECT_EQ(usable(rsa("", "AQAB")), 0U);
    EXPECT_EQ(usable(rsa(ForeignKey::encoded(std::string(256, '\x80')), "AQAB")), 0U);  // even
    EXPECT_EQ(usable(rsa(ForeignKey::encoded(std::string(1025, '\xff')), "AQAB")), 0U);
    EXPECT_EQ(usable(rsa(ForeignKey::encoded(std::string(256, '\0') + '\x03'), "AQAB")), 0U);
}

TEST_F(WebKeyTest, WhatIsNoPointOfTheCurveIsLeftOut) {
    const std::string x = ec_.number(OSSL_PKEY_PARAM_EC_PUB_X, 32);
    const std::string y = ec_.number(OSSL_PKEY_PARAM_EC_PUB_Y, 32);
    const auto ec = [](const std::string& curve, const std::string& a, const std::string& b) {
        return R"({"kid":"e","kty":"EC","crv":")" + curve + R"(","x":")" + a + R"(","y":")" + b +
               "\"}";
    };
    EXPECT_EQ(usable(ec("P-256", x, y)), 1U);
    EXPECT_EQ(usable(ec("P-256", y, x)), 0U);
    EXPECT_EQ(usable(ec("P-384", x, y)), 0U);
    EXPECT_EQ(usable(ec("secp256k1", x, y)), 0U);
    const std::string zero = ForeignKey::encoded(std::string(32, '\0'));
    EXPECT_EQ(usable(ec("P-256", zero, zero)), 0U);
    EXPECT_EQ(usable(ec("P-256", x, y.substr(1))), 0U);
    EXPECT_EQ(usable(ec("P-256", x, "")), 0U);
}

TEST_F(WebKeyTest, OtherKindsAreSkipped) {
    EXPECT_EQ(usable(R"({"kid":"o","kty":"oct","k":"c2VjcmV0"},)"
                     R"({"kid":"d","kty":"OKP","crv":"Ed25519","x":"AA"},7,null,[],)" +
                     rsa_.jwk()),
              1U);
    EXPECT_EQ(usable(""), 0U);
}

TEST_F(WebKeyTest, WhatIsNoKeySetIsRefused) {
    for (const std::string text :
         {"", "{", "[]", "{}", R"({"keys":{}})", "null", "{\"keys\":[]}x"}) {
        EXPECT_FALSE(parse_web_keys(text)) << text;
    }
    std::string deep = "{\"keys\":";
    for (int i = 0; i < 40; ++i) {
        deep += "[";
    }
    EXPECT_FALSE(parse_web_keys(deep));
    std::string many = "1";
    for (std::size_t i = 1; i < kWebKeysMax; ++i) {
        many += ",1";
    }
    EXPECT_TRUE(parse_web_keys(key_set(many)));
    EXPECT_FALSE(parse_web_keys(key_set(many + ",1")));
}

}  // namespace
}  // namespace berth::auth
