// SPDX-License-Identifier: Apache-2.0
#include "auth/signing_key.h"

#include <gtest/gtest.h>

namespace berth::auth {
namespace {

TEST(SigningKey, VerifiesWhatItSigned) {
    const auto key = SigningKey::generate();
    ASSERT_TRUE(key.has_value()) << key.error().log_detail;
    const auto signature = key->sign("text");
    ASSERT_TRUE(signature.has_value());
    EXPECT_EQ(signature->size(), 256U);
    EXPECT_TRUE(key->verify("text", *signature));
    EXPECT_FALSE(key->verify("Text", *signature));
    EXPECT_FALSE(key->verify("text", ""));
    std::string changed = *signature;
    changed.back() = static_cast<char>(changed.back() ^ 1);
    EXPECT_FALSE(key->verify("text", changed));
}

TEST(SigningKey, KidHasTwelveGroups) {
    const std::string kid = SigningKey::generate()->kid();
    ASSERT_EQ(kid.size(), 59U);
    for (std::size_t i = 0; i < kid.size(); ++i) {
        if (i % 5 == 4) {
            EXPECT_EQ(kid[i], ':') << kid;
        } else {
            EXPECT_NE(std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567").find(kid[i]),
                      std::string::npos)
                << kid;
        }
    }
}

TEST(SigningKey, IsTheSameAfterLoading) {
    const auto key = SigningKey::generate();
    const auto der = key->private_key();
    ASSERT_TRUE(der.has_value());
    const auto loaded = SigningKey::load(as_bytes(*der));
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ(loaded->kid(), key->kid());
    EXPECT_TRUE(key->verify("text", *loaded->sign("text")));
    EXPECT_FALSE(SigningKey::generate()->verify("text", *loaded->sign("text")));
}

TEST(SigningKey, PublicNumbers) {
    const auto key = SigningKey::generate();
    EXPECT_EQ(key->exponent().value(), std::string("\x01\x00\x01", 3));
    const std::string modulus = key->modulus().value();
    EXPECT_EQ(modulus.size(), 256U);
    EXPECT_NE(modulus.front() & 0x80, 0);
    EXPECT_EQ(modulus.back() & 1, 1);
}

TEST(SigningKey, WhatIsNoKeyIsCorrupt) {
    for (const std::string_view bytes : {"", "no key", "\x30\x03\x02\x01\x05"}) {
        const auto loaded = SigningKey::load(as_bytes(bytes));
        ASSERT_FALSE(loaded.has_value());
        EXPECT_EQ(loaded.error().code, Errc::corrupt);
    }
}

}  // namespace
}  // namespace berth::auth
