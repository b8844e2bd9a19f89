// SPDX-License-Identifier: Apache-2.0
//
// The authenticator with tokens: as Bearer, as password, and redeemed.
#include "auth/testing/tokens_fixture.h"

#include <gtest/gtest.h>

namespace berth::auth {
namespace {

class TokenSignIn : public TokensFixture {};

TEST_F(TokenSignIn, BearerIsTheAccountWithTheTokensGrants) {
    const auto principal = bearer(access_token());
    ASSERT_TRUE(principal.has_value()) << principal.error().log_detail;
    EXPECT_EQ(principal->kind, oci::Principal::Kind::admin);
    EXPECT_EQ(principal->name, "admin");
    EXPECT_EQ(principal->grants, kPull);
    EXPECT_EQ(bearer(refresh_token()).error().code, Errc::token_invalid);
    EXPECT_EQ(bearer(access_token("reg"), "other").error().code, Errc::token_invalid);
    EXPECT_EQ(bearer("abc").error().code, Errc::token_malformed);
    EXPECT_EQ(bearer("").error().code, Errc::token_malformed);
}

TEST_F(TokenSignIn, AnonymousStaysAnonymous) {
    const std::string token =
        io::run_task(issuer_.issue_access(oci::Principal(), "reg", kPull, current())).value();
    const auto principal = bearer(token);
    ASSERT_TRUE(principal.has_value());
    EXPECT_EQ(principal->kind, oci::Principal::Kind::anonymous);
    EXPECT_EQ(principal->name, "");
    EXPECT_EQ(principal->grants, kPull);
}

TEST_F(TokenSignIn, AccountsEndTheirTokensAtOnce) {
    const std::string token = access_token();
    const std::string refresh = refresh_token();
    ASSERT_TRUE(bearer(token).has_value());
    ASSERT_TRUE(redeem(refresh).has_value());
    put("admin", "$y$unused", false);
    EXPECT_EQ(bearer(token).error().code, Errc::token_invalid);
    EXPECT_FALSE(redeem(refresh).has_value());
    EXPECT_EQ(as_password(refresh).error().code, Errc::unauthenticated);
    put("admin", "$y$unused", true);
    EXPECT_TRUE(bearer(token).has_value());
}

TEST_F(TokenSignIn, SigningOutEndsWhatIsOut) {
    const std::string token = access_token();
    const std::string refresh = refresh_token();
    change([](db::Session& session) { return meta::end_tokens(session, "admin"); });
    EXPECT_EQ(bearer(token).error().code, Errc::token_invalid);
    EXPECT_EQ(redeem(refresh).error().code, Errc::token_invalid);
    admin_.epoch = find("admin")->epoch;
    EXPECT_TRUE(bearer(access_token()).has_value());
}

TEST_F(TokenSignIn, AnAccountMadeAnewDoesNotInheritTokens) {
    const std::string token = access_token();
    change([](db::Session& session) { return meta::delete_account(session, "admin"); });
    EXPECT_EQ(bearer(token).error().code, Errc::token_invalid);
    put("admin", "$y$unused");
    EXPECT_EQ(bearer(token).error().code, Errc::token_invalid);
}

TEST_F(TokenSignIn, AnExpiredAccountEndsItsTokens) {
    const std::string token = access_token();
    meta::AccountRow row = *find("admin");
    row.expires_at = Timestamp{now().ticks - 1};
    change([&row](db::Session& session) { return meta::change_account(session, row, now()); });
    EXPECT_EQ(bearer(token).error().code, Errc::token_invalid);
}

TEST_F(TokenSignIn, WithoutTrustNoFederatedTokenIsGood) {
    oci::Principal someone;
    someone.kind = oci::Principal::Kind::federated;
    someone.name = "idp:someone";
    someone.trust = std::make_shared<const oci::Trust>();
    const std::string token =
        io::run_task(issuer_.issue_access(someone, "reg", kPull, current())).value();
    EXPECT_EQ(bearer(token).error().code, Errc::token_invalid);
}

TEST_F(TokenSignIn, TheLocalAccountIsKnownInLocalModeOnly) {
    LocalAccount account;
    account.name = "local";
    account.password = "well-known";
    Authenticator local(
        Authenticator::Parts{directory_, pool_, keys_, throttle_, nullptr, account});
    BasicCredentials credentials;
    credentials.name = "local";
    credentials.password = "well-known";
    const auto principal = io::run_task(local.sign_in(credentials, arrival()));
    ASSERT_TRUE(principal.has_value());
    EXPECT_EQ(principal->kind, oci::Principal::Kind::admin);
    EXPECT_EQ(principal->sign_in, oci::SignIn::local_account);
    EXPECT_FALSE(io::run_task(authenticator_.sign_in(credentials, arrival())).has_value());
    const std::string refresh =
        io::run_task(issuer_.issue_refresh(*principal, "reg", current())).value();
    EXPECT_TRUE(io::run_task(local.redeem(refresh, arrival())).has_value());
    EXPECT_EQ(redeem(refresh).error().code, Errc::token_invalid);
    credentials.password = "wrong";
    EXPECT_FALSE(io::run_task(local.sign_in(credentials, arrival())).has_value());
}

TEST_F(TokenSignIn, ATokenAsPassword) {
    const auto by_refresh = as_password(refresh_token());
    ASSERT_TRUE(by_refresh.has_value());
    EXPECT_EQ(by_refresh->name, "admin");
    EXPECT_FALSE(by_refresh->grants.has_value());
    const auto by_access = as_password(access_token());
    ASSERT_TRUE(by_access.has_value());
    EXPECT_EQ(by_access->grants, kPull);
    EXPECT_EQ(as_password("abc").error().code, Errc::unauthenticated);
    EXPECT_EQ(as_password(access_token("other")).error().code, Errc::unauthenticated);
}

TEST_F(TokenSignIn, AnAccessTokenCannotRenewItself) {
    const Seconds start = current();
    const Seconds later = start + kAccessLifetime / 2;
    const auto by_access = as_password(access_token("reg", start));
    ASSERT_TRUE(by_access.has_value());
    const std::string second =
        io::run_task(issuer_.issue_access(*by_access, "reg", kPull, later)).value();
    EXPECT_TRUE(io::run_task(verifier_.verify(second, "reg", later)).has_value());
    EXPECT_EQ(refusal(second, "reg", start + kAccessLifetime), Errc::token_invalid);
    const auto by_refresh = as_password(refresh_token("reg", start));
    ASSERT_TRUE(by_refresh.has_value());
    const std::string fresh =
        io::run_task(issuer_.issue_access(*by_refresh, "reg", kPull, later)).value();
    EXPECT_TRUE(io::run_task(verifier_.verify(fresh, "reg", start + kAccessLifetime)).has_value());
}

TEST_F(TokenSignIn, RedeemTakesRefreshTokensOnly) {
    EXPECT_TRUE(redeem(refresh_token()).has_value());
    EXPECT_EQ(redeem(access_token()).error().code, Errc::token_invalid);
    EXPECT_EQ(redeem(refresh_token(), "other").error().code, Errc::token_invalid);
}

}  // namespace
}  // namespace berth::auth
