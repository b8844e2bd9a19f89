// SPDX-License-Identifier: Apache-2.0
#include "auth/token_issuer.h"

#include "auth/jwt.h"
#include "auth/testing/tokens_fixture.h"

namespace berth::auth {
namespace {

constexpr Seconds kIssued = 1'700'000'000;

class TokenIssuerTest : public TokensFixture {
  protected:
    static TokenClaims claims_of(const std::string& token) {
        return parse_claims(split_jwt(token)->payload).value();
    }

    static TokenLifetimes short_ones() {
        TokenLifetimes lifetimes;
        lifetimes.access = 60;
        lifetimes.refresh = 600;
        return lifetimes;
    }

    TokenIssuer brief_{keys_, pool_, short_ones()};
};

TEST_F(TokenIssuerTest, LifetimesAreThoseGiven) {
    EXPECT_EQ(claims_of(access_token("reg", kIssued)).expires, kIssued + kAccessLifetime);
    EXPECT_EQ(claims_of(refresh_token("reg", kIssued)).expires, kIssued + kRefreshLifetime);
    const auto access = io::run_task(brief_.issue_access(admin_, "reg", kPull, kIssued));
    EXPECT_EQ(claims_of(access.value()).expires, kIssued + 60);
    const auto refresh = io::run_task(brief_.issue_refresh(admin_, "reg", kIssued));
    EXPECT_EQ(claims_of(refresh.value()).expires, kIssued + 600);
}

TEST_F(TokenIssuerTest, NoLaterThanTheTokenItRestsOn) {
    admin_.grants.emplace(kPull);
    admin_.grants_end = kIssued + 10;
    const auto access = io::run_task(issuer_.issue_access(admin_, "reg", kPull, kIssued));
    EXPECT_EQ(claims_of(access.value()).expires, kIssued + 10);
}

TEST_F(TokenIssuerTest, TheHeaderNamesTheKeyThatVerifies) {
    const std::string token = access_token();
    const auto keys = io::run_task(issuer_.verifying_keys(current()));
    ASSERT_EQ(keys->size(), 1U);
    const std::string kid = keys->front()->key.kid();
    EXPECT_EQ(kid_of_header(split_jwt(token)->header), kid);
}

}  // namespace
}  // namespace berth::auth
