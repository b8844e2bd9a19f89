// SPDX-License-Identifier: Apache-2.0
//
// That an account's end, a lock-out or a key's end is noticed at once with it:
// token_sign_in_test.cc and api/access_matrix_test.cc.
#include "auth/token_recall.h"

#include <gtest/gtest.h>

#include <string>

namespace berth::auth {
namespace {

constexpr Seconds kNow = 1'000;
constexpr std::string_view kToken = "header.claims.signature";

TokenRecall::Moment moment(Seconds second, std::uint32_t commits) {
    db::ChangeMark mark;
    mark.words[2] = commits;
    return {second, mark};
}

oci::Principal somebody(std::string name) {
    oci::Principal principal;
    principal.kind = oci::Principal::Kind::user;
    principal.name = std::move(name);
    return principal;
}

class TokenRecallTest : public testing::Test {
  protected:
    TokenRecallTest() { recall_.keep(kToken, "reg", moment(kNow, 1), somebody("maria")); }

    std::string found(std::string_view token, std::string_view audience, Seconds second,
                      std::uint32_t commits) const {
        const auto principal = recall_.find(token, audience, moment(second, commits));
        return principal ? principal->name : "nobody";
    }

    TokenRecall recall_;
};

TEST_F(TokenRecallTest, HoldsInTheSameSecondWhileNothingIsCommitted) {
    EXPECT_EQ(found(kToken, "reg", kNow, 1), "maria");
    EXPECT_EQ(found(kToken, "reg", kNow + 1, 1), "nobody");
    EXPECT_EQ(found(kToken, "reg", kNow, 2), "nobody");
    EXPECT_EQ(found(kToken, "reg", kNow, 1), "maria") << "asking changes nothing";
}

TEST_F(TokenRecallTest, IsForThisVeryTokenAndAudience) {
    EXPECT_EQ(found(kToken, "other", kNow, 1), "nobody");
    EXPECT_EQ(found("header.others.signature", "reg", kNow, 1), "nobody");
    EXPECT_EQ(found("header.claims.signaturf", "reg", kNow, 1), "nobody");
    EXPECT_EQ(found("header.claims.signature.", "reg", kNow, 1), "nobody");
    EXPECT_EQ(found("signature", "reg", kNow, 1), "nobody");
    EXPECT_EQ(found("", "reg", kNow, 1), "nobody");
}

TEST_F(TokenRecallTest, AnotherMomentForgetsTheEarlier) {
    recall_.keep("a.b.c", "reg", moment(kNow, 2), somebody("paul"));
    EXPECT_EQ(found("a.b.c", "reg", kNow, 2), "paul");
    EXPECT_EQ(found(kToken, "reg", kNow, 1), "nobody");
    EXPECT_EQ(found(kToken, "reg", kNow, 2), "nobody");
}

TEST_F(TokenRecallTest, LongTokensAreNotKept) {
    const std::string token = std::string(TokenRecall::kTokenBytesMax, 'x') + ".s";
    recall_.keep(token, "reg", moment(kNow, 1), somebody("paul"));
    EXPECT_EQ(found(token, "reg", kNow, 1), "nobody");
}

}  // namespace
}  // namespace berth::auth
