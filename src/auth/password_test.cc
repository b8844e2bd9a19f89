// SPDX-License-Identifier: Apache-2.0
#include "auth/password.h"

#include <gtest/gtest.h>

namespace berth::auth {
namespace {

TEST(Password, HashIsYescryptAndVerifies) {
    const Result<std::string> hash = hash_password("correct horse");
    ASSERT_TRUE(hash.has_value());
    EXPECT_TRUE(hash->starts_with("$y$")) << *hash;
    EXPECT_TRUE(verify_password("correct horse", *hash));
    EXPECT_FALSE(verify_password("correct horsf", *hash));
    EXPECT_FALSE(verify_password("", *hash));
}

TEST(Password, SaltsDiffer) {
    const Result<std::string> first = hash_password("same");
    const Result<std::string> second = hash_password("same");
    ASSERT_TRUE(first.has_value() && second.has_value());
    EXPECT_NE(*first, *second);
}

TEST(Password, MalformedHashVerifiesNothing) {
    for (const char* hash : {"", "*0", "plain", "$y$", "$zz$abc$def"}) {
        EXPECT_FALSE(verify_password("plain", hash)) << hash;
        EXPECT_FALSE(verify_password("", hash)) << hash;
    }
}

TEST(Password, SaltAloneVerifiesNothing) {
    const Result<std::string> salt = make_salt();
    ASSERT_TRUE(salt.has_value());
    EXPECT_TRUE(salt->starts_with("$y$"));
    EXPECT_FALSE(verify_password("", *salt));
    EXPECT_FALSE(verify_password("anything", *salt));
}

// A C string ends at the NUL: without the check "secret\0anything" would pass for "secret".
TEST(Password, NulIsRefused) {
    const Result<std::string> hash = hash_password("secret");
    ASSERT_TRUE(hash.has_value());
    EXPECT_FALSE(verify_password(std::string("secret\0more", 11), *hash));
    EXPECT_FALSE(hash_password(std::string("secret\0", 7)).has_value());
}

TEST(Password, LongerThanTheLibraryTakesIsRefused) {
    EXPECT_FALSE(hash_password(std::string(100'000, 'x')).has_value());
}

TEST(Password, EqualConstantTime) {
    EXPECT_TRUE(equal_constant_time("", ""));
    EXPECT_TRUE(equal_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_constant_time("abc", "ab"));
    EXPECT_FALSE(equal_constant_time("ab", "abc"));
}

}  // namespace
}  // namespace berth::auth
