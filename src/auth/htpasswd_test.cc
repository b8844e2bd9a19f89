// SPDX-License-Identifier: Apache-2.0
#include "auth/htpasswd.h"

#include "auth/password.h"

#include <crypt.h>
#include <gtest/gtest.h>

#include <array>

namespace berth::auth {
namespace {

std::string made(const char* prefix, unsigned long cost) {
    std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
    EXPECT_NE(::crypt_gensalt_rn(prefix, cost, nullptr, 0, setting.data(),
                                 static_cast<int>(setting.size())),
              nullptr);
    const auto scratch = std::make_unique<crypt_data>();
    return ::crypt_r("correct horse", setting.data(), scratch.get());
}

TEST(HashProblem, WhatLibxcryptMakesIsTakenAndVerifies) {
    for (const std::string& hash :
         {made("$2y$", 4), made("$2a$", 4), made("$2b$", 5), made("$6$", 5000), made("$6$", 1000),
          made("$5$", 5000), made("$5$", 6000), made("$y$", 1), made("$y$", 5)}) {
        EXPECT_EQ(hash_problem(hash), "") << hash;
        EXPECT_TRUE(verify_password("correct horse", hash)) << hash;
        EXPECT_FALSE(verify_password("correct hors", hash)) << hash;
        EXPECT_FALSE(verify_password("", hash)) << hash;
    }
}

// Of John the Ripper's test vectors, and of openssl passwd.
TEST(HashProblem, HashesOfOtherPrograms) {
    const std::string bcrypt = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    EXPECT_EQ(hash_problem(bcrypt), "");
    EXPECT_TRUE(verify_password("U*U", bcrypt));
    const std::string sha512 =
        "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnI"
        "FNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1";
    EXPECT_EQ(hash_problem(sha512), "");
    EXPECT_TRUE(verify_password("Hello world!", sha512));
    const std::string sha256 = "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5";
    EXPECT_EQ(hash_problem(sha256), "");
    EXPECT_TRUE(verify_password("Hello world!", sha256));
}

TEST(HashProblem, Refused) {
    const std::string bcrypt_rest = "CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    EXPECT_EQ(hash_problem("$2y$14$" + bcrypt_rest), "");
    EXPECT_NE(hash_problem("$2y$15$" + bcrypt_rest), "");
    EXPECT_NE(hash_problem("$2y$03$" + bcrypt_rest), "");
    EXPECT_NE(hash_problem("$2y$ 9$" + bcrypt_rest), "");
    EXPECT_NE(hash_problem("$2y$05$" + bcrypt_rest + "x"), "");
    EXPECT_NE(hash_problem("$2x$05$" + bcrypt_rest), "");
    const std::string sha256_rest = "saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc8";
    EXPECT_EQ(hash_problem("$5$rounds=1000000$" + sha256_rest), "");
    for (const char* rounds : {"1000001", "999", "", "5e3", "99999999999999999999999"}) {
        EXPECT_NE(hash_problem("$5$rounds=" + std::string(rounds) + "$" + sha256_rest), "");
    }
    EXPECT_NE(hash_problem("$6$" + sha256_rest), "");
    EXPECT_NE(hash_problem("$5$seventeencharacte$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc8"), "");
    const std::string yescrypt_rest = "T$salt$" + std::string(43, 'x');
    EXPECT_EQ(hash_problem("$y$jB" + yescrypt_rest), "");
    EXPECT_NE(hash_problem("$y$jC" + yescrypt_rest), "");
    EXPECT_NE(hash_problem("$y$k9" + yescrypt_rest), "");
    EXPECT_NE(hash_problem("$y$j9T$salt"), "");
    for (const char* weak : {"$apr1$lQ0PvsM6$S6pC1cUZ6XgYLFNkVJqRp0", "$1$salt$hash",
                             "{SHA}2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", "rqXexS6ZhobKA",
                             "secret", "", "*", "!", "$7$C6..../....$x"}) {
        EXPECT_NE(hash_problem(weak), "") << weak;
    }
}

TEST(Htpasswd, LinesWithTheirNumbers) {
    const std::string good = made("$2y$", 4);
    const std::vector<HtpasswdEntry> entries =
        parse_htpasswd("# users\n\nmaria:" + good + "\r\nno colon\nmaria:" + good + "\n_x:" + good +
                       "\n:" + good + "\nbob:secret\nlast:" + good);
    ASSERT_EQ(entries.size(), 7U);
    EXPECT_EQ(entries[0].line, 3U);
    EXPECT_EQ(entries[0].name, "maria");
    EXPECT_EQ(entries[0].hash, good);
    EXPECT_EQ(entries[0].problem, "");
    EXPECT_EQ(entries[1].line, 4U);
    EXPECT_EQ(entries[1].problem, "not NAME:HASH");
    EXPECT_EQ(entries[2].problem, "the name is there twice");
    for (std::size_t i : {3U, 4U, 5U}) {
        EXPECT_NE(entries[i].problem, "") << i;
    }
    EXPECT_EQ(entries[6].line, 9U);
    EXPECT_EQ(entries[6].problem, "");
    EXPECT_TRUE(parse_htpasswd("").empty());
}

}  // namespace
}  // namespace berth::auth
