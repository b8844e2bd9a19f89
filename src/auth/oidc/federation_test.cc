// SPDX-License-Identifier: Apache-2.0
#include "auth/oidc/federation.h"

#include "auth/testing/fake_documents.h"
#include "auth/testing/foreign_key.h"
#include "auth/testing/trust_fixture.h"
#include "io/file.h"

#include <gmock/gmock.h>

#include <fcntl.h>

namespace berth::auth {
namespace {

using testing::HasSubstr;

constexpr Seconds kNow = 1'700'000'000;

class FederationTest : public TrustFixture {
  protected:
    FederationTest() {
        add_issuer("gh", plain_issuer());
        add_rule("gh", "all", {{"sub", "repo:org/*"}}, {"pull"});
        documents_.publish(kIssuer, kIssuer, key_.key_set());
    }

    Federation::Parts parts(bool unchecked) {
        return {*database_, documents_, spawn_on_test_loop(), log_, unchecked};
    }

    Result<oci::Principal> sign_in(const std::string& token, const std::string& tenant = "",
                                   Seconds at = kNow) {
        return io::run_task(federation_.sign_in(ForeignCredentials{token, tenant}, at));
    }

    Errc refusal(const std::string& token, const std::string& tenant = "", Seconds at = kNow) {
        const auto principal = sign_in(token, tenant, at);
        return principal ? Errc::internal : principal.error().code;
    }

    Errc local_refusal(const std::string& token, const std::string& tenant = "") {
        const auto principal =
            io::run_task(local_.sign_in(ForeignCredentials{token, tenant}, kNow));
        return principal ? Errc::internal : principal.error().code;
    }

    static std::string claims(const std::string& more = "", const std::string& iss = kIssuer) {
        return R"({"iss":")" + iss + R"(","sub":"repo:org/app","aud":"berth","exp":)" +
               std::to_string(kNow + 600) + more + "}";
    }

    static std::string entra_shaped(const std::string& more) {
        return R"({"iss":"https://sts.example/","tid":"11111111-2222-3333-4444-aaaaaaaaaaaa",)"
               R"("exp":)" +
               std::to_string(kNow + 600) + more + "}";
    }

    const ForeignKey key_ = ForeignKey::ec("k");
    const io::FileHandle log_target_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
    telemetry::Logger log_{telemetry::LogFormat::text, telemetry::Level::error, log_target_.fd()};
    FakeDocuments documents_;
    Federation federation_{parts(false)};
    Federation local_{parts(true)};
};

TEST_F(FederationTest, SignsInWhoATrustedIssuerVouchesFor) {
    const auto principal = sign_in(key_.token(claims()));
    ASSERT_TRUE(principal) << principal.error().log_detail;
    EXPECT_EQ(principal->name, "gh:repo:org/app");
    EXPECT_EQ(principal->sign_in, oci::SignIn::issuer_token);
    const auto again = io::run_task(federation_.recall(*principal->trust));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->name, principal->name);
    EXPECT_EQ(*again->rules, *principal->rules);
}

TEST_F(FederationTest, Rs256CountsAsWell) {
    const ForeignKey& rsa = ForeignKey::shared_rsa();
    documents_.publish(kIssuer, kIssuer, rsa.key_set());
    EXPECT_EQ(refusal(rsa.token(claims())), Errc::internal);
}

TEST_F(FederationTest, WhatIsNoTokenAsksNobody) {
    for (const char* text : {"", "opaque", "a.b.c", "eyJhIjoxfQ.eyJhIjoxfQ.AAAA"}) {
        EXPECT_EQ(refusal(text), Errc::token_malformed) << text;
    }
    EXPECT_EQ(refusal(key_.token(claims("", "https://other.example"))), Errc::token_invalid);
    EXPECT_EQ(refusal(key_.token(claims("", ""))), Errc::token_invalid);
    EXPECT_TRUE(documents_.fetched.empty());
}

TEST_F(FederationTest, ForgeriesAreRefused) {
    const std::string good = key_.token(claims());
    EXPECT_EQ(refusal(good.substr(0, good.size() - 4) + "AAAA"), Errc::token_invalid);
    EXPECT_EQ(refusal(ForeignKey::ec("k").token(claims())), Errc::token_invalid);
    EXPECT_EQ(refusal(ForeignKey::rsa("k").token(claims())), Errc::token_invalid)
        << "the algorithm is the key's";
    const std::string other_claims =
        jwt_signed_text("{}", claims(R"(,"admin":true)")).substr(3 + 1);
    const std::size_t first = good.find('.');
    const std::size_t last = good.rfind('.');
    EXPECT_EQ(refusal(good.substr(0, first + 1) + other_claims + good.substr(last)),
              Errc::token_invalid);
    // The public key as the secret of an HMAC, no algorithm at all, a key of one's own.
    EXPECT_EQ(refusal(key_.token_with(R"({"alg":"HS256","kid":"k"})", claims())),
              Errc::token_malformed);
    EXPECT_EQ(refusal(key_.token_with(R"({"alg":"none","kid":"k"})", claims())),
              Errc::token_malformed);
    const ForeignKey mine = ForeignKey::ec("mine");
    EXPECT_EQ(refusal(mine.token_with(R"({"alg":"ES256","kid":"mine","jwk":)" + mine.jwk() + "}",
                                      claims())),
              Errc::token_malformed);
}

TEST_F(FederationTest, TimeAudienceAndRoleAreAskedAfterTheSignature) {
    EXPECT_EQ(refusal(key_.token(claims()), "", kNow + 700), Errc::token_invalid);
    EXPECT_EQ(refusal(key_.token(claims(R"(,"nbf":)" + std::to_string(kNow + 100)))),
              Errc::token_invalid);
    EXPECT_EQ(refusal(key_.token(claims(R"(,"aud":"someone")"))), Errc::token_invalid);
    EXPECT_EQ(refusal(key_.token(claims(R"(,"sub":"repo:evil/app")"))), Errc::denied);
}

TEST_F(FederationTest, TheTenantThatIsSaidMustBeTheTokens) {
    const std::string token =
        key_.token(claims(R"(,"tid":"11111111-2222-3333-4444-aaaaaaaaaaaa")"));
    EXPECT_EQ(refusal(token, "11111111-2222-3333-4444-aaaaaaaaaaaa"), Errc::internal);
    EXPECT_EQ(refusal(token, "11111111-2222-3333-4444-AAAAAAAAAAAA"), Errc::internal);
    EXPECT_EQ(refusal(token, "contoso.onmicrosoft.com"), Errc::internal);
    EXPECT_EQ(refusal(token, "99999999-2222-3333-4444-aaaaaaaaaaaa"), Errc::token_invalid);
    EXPECT_EQ(refusal(key_.token(claims()), "99999999-2222-3333-4444-aaaaaaaaaaaa"), Errc::internal)
        << "a token without a tenant has nothing to disagree with";
}

TEST_F(FederationTest, ChangesOfTheCatalogCountAtOnce) {
    const std::string token = key_.token(claims());
    const auto principal = sign_in(token);
    ASSERT_TRUE(principal);
    enable("gh", false);
    EXPECT_EQ(refusal(token), Errc::token_invalid);
    EXPECT_FALSE(io::run_task(federation_.recall(*principal->trust)));
    enable("gh", true);
    EXPECT_EQ(refusal(token), Errc::internal);
    EXPECT_FALSE(io::run_task(federation_.recall(*principal->trust)));
    const std::size_t fetched = documents_.fetched.size();
    block("gh", "repo:org/app");
    EXPECT_EQ(refusal(token), Errc::denied);
    EXPECT_EQ(documents_.fetched.size(), fetched) << "the keys are still the same issuer's";
}

TEST_F(FederationTest, AnIssuerThatIsDownStopsNobodyWhoIsIn) {
    const std::string token = key_.token(claims());
    const auto principal = sign_in(token);
    documents_.is_down = true;
    EXPECT_EQ(refusal(token), Errc::internal);
    EXPECT_TRUE(io::run_task(federation_.recall(*principal->trust)));
    Federation fresh(parts(false));
    const auto refused = io::run_task(fresh.sign_in(ForeignCredentials{token, ""}, kNow));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unavailable);
    EXPECT_THAT(refused.error().log_detail, HasSubstr("does not answer"));
    EXPECT_TRUE(io::run_task(fresh.recall(*principal->trust)));
}

TEST_F(FederationTest, ARotatedKeyIsFound) {
    EXPECT_EQ(refusal(key_.token(claims())), Errc::internal);
    const ForeignKey next = ForeignKey::ec("next");
    documents_.publish(kIssuer, kIssuer, next.key_set());
    EXPECT_EQ(refusal(next.token(claims()), "", kNow + KeySource::kPause), Errc::internal);
    EXPECT_EQ(refusal(key_.token(claims()), "", kNow + KeySource::kPause), Errc::token_invalid);
}

TEST_F(FederationTest, TheLocalModeTakesWhatIsShapedLikeEntras) {
    const ForeignKey mine = ForeignKey::ec("mine");
    const auto principal = io::run_task(local_.sign_in(
        ForeignCredentials{mine.token(entra_shaped(R"(,"oid":"o","sub":"s")")), ""}, kNow));
    ASSERT_TRUE(principal) << principal.error().log_detail;
    EXPECT_EQ(principal->name, "local:o");
    ASSERT_EQ(principal->rules->size(), 1U);
    EXPECT_EQ(principal->rules->front().pattern, "*");
    EXPECT_EQ(principal->rules->front().actions, oci::ActionSet::all());
    EXPECT_EQ(local_refusal(mine.token(entra_shaped(R"(,"appid":"a")"))), Errc::internal);
    EXPECT_EQ(local_refusal(mine.token(entra_shaped(R"(,"sub":"s")"))), Errc::internal);
    EXPECT_EQ(local_refusal(mine.token_with(R"({"alg":"none"})", entra_shaped(R"(,"oid":"o")"))),
              Errc::internal);
    EXPECT_EQ(local_refusal(mine.token(entra_shaped(""))), Errc::token_invalid);
    EXPECT_EQ(local_refusal(mine.token(R"({"tid":"x","oid":"o","exp":9999999999})")),
              Errc::token_invalid);
    EXPECT_EQ(local_refusal(mine.token(entra_shaped(R"(,"oid":"o","exp":5)"))),
              Errc::token_invalid);
    EXPECT_EQ(local_refusal(mine.token(entra_shaped(R"(,"oid":"o")")),
                            "99999999-2222-3333-4444-aaaaaaaaaaaa"),
              Errc::token_invalid);
    EXPECT_EQ(local_refusal("opaque"), Errc::token_malformed);
    EXPECT_TRUE(io::run_task(local_.recall(*principal->trust)));
    EXPECT_FALSE(io::run_task(federation_.recall(*principal->trust)))
        << "outside the local mode its tokens are nobody's";
    EXPECT_EQ(refusal(mine.token(entra_shaped(R"(,"oid":"o")"))), Errc::token_invalid);
}

TEST_F(FederationTest, TheLocalModeStillChecksIssuersOfTheCatalog) {
    EXPECT_EQ(local_refusal(key_.token(claims())), Errc::internal);
    const std::string shaped = R"(,"tid":"11111111-2222-3333-4444-aaaaaaaaaaaa","oid":"o")";
    EXPECT_EQ(local_refusal(ForeignKey::ec("k").token(claims(shaped))), Errc::token_invalid);
}

}  // namespace
}  // namespace berth::auth
