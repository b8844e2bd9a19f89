// SPDX-License-Identifier: Apache-2.0
//
// Key ring, issuer, verifier and authenticator together, over one catalog.
#include "auth/authenticator.h"
#include "auth/jwt.h"
#include "auth/key_ring.h"
#include "auth/password.h"
#include "auth/testing/accounts_fixture.h"
#include "auth/token_issuer.h"
#include "auth/token_verifier.h"
#include "base/encode.h"
#include "io/testing/run_task.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace berth::auth {
namespace {

using oci::Action;
using oci::Scope;

const std::vector<Scope> kPull{Scope("repository", "app", {Action::pull})};

Seconds current() {
    return now().ticks / kTicksPerSecond;
}

class Tokens : public AccountsFixture {
  protected:
    Tokens() {
        put("admin", "$y$unused");
        admin_.kind = oci::Principal::Kind::admin;
        admin_.name = "admin";
    }

    std::string access_token(std::string_view audience = "reg", Seconds at = current(),
                             std::vector<Scope> scopes = kPull) {
        return io::run_task(issuer_.issue_access(admin_, audience, std::move(scopes), at)).value();
    }

    std::string refresh_token(std::string_view audience = "reg", Seconds at = current()) {
        return io::run_task(issuer_.issue_refresh(admin_, audience, at)).value();
    }

    Errc refusal(std::string_view token, std::string_view audience = "reg",
                 Seconds at = current()) {
        const auto verified = io::run_task(verifier_.verify(token, audience, at));
        return verified ? Errc::internal : verified.error().code;
    }

    Result<oci::Principal> bearer(const std::string& token, std::string_view audience = "reg") {
        const std::string header = "Bearer " + token;
        return io::run_task(authenticator_.authenticate(header, audience));
    }

    Result<oci::Principal> as_password(const std::string& token) {
        BasicCredentials credentials;
        credentials.name = kNilGuid;
        credentials.password = token;
        return io::run_task(authenticator_.sign_in(credentials, "reg"));
    }

    io::BlockingPool pool_{2, 64};
    KeyRing keys_{*database_, pool_};
    TokenIssuer issuer_{keys_, pool_};
    TokenVerifier verifier_{keys_};
    Authenticator authenticator_{*database_, pool_, keys_};
    oci::Principal admin_;
};

TEST_F(Tokens, NoKeyIsMadeForVerifying) {
    EXPECT_EQ(refusal("eyJhIjoxfQ.eyJhIjoxfQ.AAAA"), Errc::token_invalid);
    EXPECT_EQ(io::run_task(keys_.find()).value(), nullptr);
}

TEST_F(Tokens, AllWhoRaceForTheFirstKeyGetTheSame) {
    KeyRing other(*database_, pool_);
    boost::asio::io_context loop;
    std::set<std::string> kids;
    std::size_t done = 0;
    for (int i = 0; i < 4; ++i) {
        for (KeyRing* ring : {&keys_, &other}) {
            boost::asio::co_spawn(loop, ring->ensure(),
                                  [&](std::exception_ptr thrown, Result<SignerPtr> signer) {
                                      ASSERT_FALSE(thrown);
                                      ASSERT_TRUE(signer.has_value());
                                      kids.insert((*signer)->key.kid() + (*signer)->registry_id);
                                      ++done;
                                  });
        }
    }
    loop.run();
    EXPECT_EQ(done, 8U);
    EXPECT_EQ(kids.size(), 1U);
    KeyRing later(*database_, pool_);
    const SignerPtr found = io::run_task(later.find()).value();
    EXPECT_TRUE(kids.contains(found->key.kid() + found->registry_id));
    EXPECT_EQ(found->registry_id.size(), 32U);
}

TEST_F(Tokens, AnIssuedTokenIsGoodForItsTimeAndAudience) {
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

TEST_F(Tokens, WhatWasChangedIsInvalid) {
    const std::string token = access_token();
    const Jwt jwt = *split_jwt(token);
    const auto forged = [&jwt](const std::string& header, const std::string& payload,
                               const std::string& signature) {
        return join_jwt(jwt_signed_text(header, payload), signature);
    };
    EXPECT_EQ(forged(jwt.header, jwt.payload, jwt.signature), token);
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
TEST_F(Tokens, AnotherKeyIsInvalid) {
    const Jwt jwt = *split_jwt(access_token());
    const SigningKey foreign = SigningKey::generate().value();
    for (const std::string& header : {jwt.header, token_header(foreign.kid())}) {
        const std::string text = jwt_signed_text(header, jwt.payload);
        EXPECT_EQ(refusal(join_jwt(text, *foreign.sign(text))), Errc::token_invalid);
    }
}

TEST_F(Tokens, WhatWasVerifiedIsRememberedAndBounded) {
    const std::string token = access_token();
    EXPECT_EQ(refusal(token), Errc::internal);
    EXPECT_EQ(refusal(token), Errc::internal);
    EXPECT_EQ(refusal("abc"), Errc::token_malformed);
    EXPECT_EQ(verifier_.remembered(), 1U);
    // A remembered token still has its audience and its end.
    EXPECT_EQ(refusal(token, "other"), Errc::token_invalid);
    EXPECT_EQ(refusal(token, "reg", current() + kAccessLifetime + 1), Errc::token_invalid);
}

TEST_F(Tokens, BearerIsTheAccountWithTheTokensGrants) {
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

TEST_F(Tokens, AnonymousStaysAnonymous) {
    const std::string token =
        io::run_task(issuer_.issue_access(oci::Principal(), "reg", kPull, current())).value();
    const auto principal = bearer(token);
    ASSERT_TRUE(principal.has_value());
    EXPECT_EQ(principal->kind, oci::Principal::Kind::anonymous);
    EXPECT_EQ(principal->name, "");
    EXPECT_EQ(principal->grants, kPull);
}

TEST_F(Tokens, AccountsEndTheirTokensAtOnce) {
    const std::string token = access_token();
    const std::string refresh = refresh_token();
    ASSERT_TRUE(bearer(token).has_value());
    ASSERT_TRUE(io::run_task(authenticator_.redeem(refresh, "reg")).has_value());
    put("admin", "$y$unused", false);
    EXPECT_EQ(bearer(token).error().code, Errc::token_invalid);
    EXPECT_FALSE(io::run_task(authenticator_.redeem(refresh, "reg")).has_value());
    EXPECT_EQ(as_password(refresh).error().code, Errc::unauthenticated);
    put("admin", "$y$unused", true);
    EXPECT_TRUE(bearer(token).has_value());
}

TEST_F(Tokens, ATokenOlderThanItsAccountIsAnotherOnes) {
    EXPECT_TRUE(bearer(access_token("reg", current())).has_value());
    EXPECT_EQ(bearer(access_token("reg", current() - 60)).error().code, Errc::token_invalid);
    admin_.name = "nobody";
    EXPECT_EQ(bearer(access_token()).error().code, Errc::token_invalid);
}

TEST_F(Tokens, ATokenAsPassword) {
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

TEST_F(Tokens, RedeemTakesRefreshTokensOnly) {
    EXPECT_TRUE(io::run_task(authenticator_.redeem(refresh_token(), "reg")).has_value());
    EXPECT_EQ(io::run_task(authenticator_.redeem(access_token(), "reg")).error().code,
              Errc::token_invalid);
    EXPECT_EQ(io::run_task(authenticator_.redeem(refresh_token(), "other")).error().code,
              Errc::token_invalid);
}

}  // namespace
}  // namespace berth::auth
