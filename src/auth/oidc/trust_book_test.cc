// SPDX-License-Identifier: Apache-2.0
#include "auth/oidc/trust_book.h"

#include "auth/testing/trust_fixture.h"
#include "meta/access_generation.h"

#include <gmock/gmock.h>

namespace berth::auth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr Seconds kNow = 1'700'000'000;

class TrustBookTest : public TrustFixture {
  protected:
    TrustBookPtr load() {
        TrustBookPtr book;
        const db::Work work = [&book](db::Session& session) {
            book = TrustBook::load(session, *meta::access_generation(session)).value();
        };
        EXPECT_TRUE(database_->read_now(work));
        return book;
    }

    /// A good token of the plain issuer.
    static ForeignClaims claims() {
        ForeignClaims made;
        made.issuer = kIssuer;
        made.subject = "repo:org/app:main";
        made.audiences = {"x", "berth"};
        made.expires = kNow + 300;
        made.texts = {{"sub", {"repo:org/app:main"}}, {"groups", {"g1", "g2"}}};
        return made;
    }

    static Result<oci::Principal> admit(const TrustBook& book, const ForeignClaims& claims) {
        const TrustBook::Home home = book.find_home(claims.issuer);
        return home.issuer == nullptr ? fail(Errc::internal, "no home")
                                      : TrustBook::admit(home, claims, kNow);
    }

    static Errc refusal(const Result<oci::Principal>& principal) {
        return principal ? Errc::internal : principal.error().code;
    }

    static std::vector<std::string> patterns(const oci::Principal& principal) {
        std::vector<std::string> found;
        for (const oci::Rule& rule : *principal.rules) {
            found.push_back(rule.pattern);
        }
        return found;
    }
};

TEST_F(TrustBookTest, AdmitsByItsRules) {
    add_issuer("gh", plain_issuer());
    add_rule("gh", "all", {{"sub", "repo:org/*"}}, {"pull"});
    add_rule("gh", "team", {{"groups", "g2"}}, {"team", "pull"});
    add_rule("gh", "others", {{"sub", "repo:other/*"}}, {"_repositories_admin"});
    const auto principal = admit(*load(), claims());
    ASSERT_TRUE(principal) << principal.error().log_detail;
    EXPECT_EQ(principal->kind, oci::Principal::Kind::federated);
    EXPECT_EQ(principal->name, "gh:repo:org/app:main");
    EXPECT_THAT(patterns(*principal), ElementsAre("*", "team/*"));
    EXPECT_EQ(principal->rules->front().origin, "pull");
    ASSERT_TRUE(principal->trust);
    EXPECT_EQ(principal->trust->issuer, "gh");
    EXPECT_EQ(principal->trust->subject, "repo:org/app:main");
    ASSERT_EQ(principal->trust->matches.size(), 2U);
    EXPECT_EQ(principal->trust->matches[0].rule, "all");
    EXPECT_EQ(principal->trust->matches[1].rule, "team");
    EXPECT_FALSE(principal->grants);
}

TEST_F(TrustBookTest, WhoHasNoRoleIsDenied) {
    add_issuer("gh", plain_issuer());
    EXPECT_EQ(refusal(admit(*load(), claims())), Errc::denied);
    add_rule("gh", "others", {{"sub", "repo:other/*"}}, {"pull"});
    EXPECT_EQ(refusal(admit(*load(), claims())), Errc::denied);
    add_rule("gh", "nothing", {{"sub", "*"}}, {"empty", "gone"});
    const auto refused = admit(*load(), claims());
    EXPECT_EQ(refusal(refused), Errc::denied);
    EXPECT_THAT(refused.error().log_detail, HasSubstr("give no rights"));
    add_rule("gh", "all", {{"sub", "*"}}, {"pull"});
    EXPECT_EQ(refusal(admit(*load(), claims())), Errc::internal);
    block("gh", "repo:org/app:main");
    EXPECT_EQ(refusal(admit(*load(), claims())), Errc::denied);
}

TEST_F(TrustBookTest, ClaimsMustBeForUsAndNow) {
    add_issuer("gh", plain_issuer());
    add_rule("gh", "all", {{"sub", "*"}}, {"pull"});
    const TrustBookPtr book = load();
    ForeignClaims wrong = claims();
    wrong.audiences = {"x"};
    EXPECT_EQ(refusal(admit(*book, wrong)), Errc::token_invalid);
    wrong.audiences = {};
    EXPECT_EQ(refusal(admit(*book, wrong)), Errc::token_invalid);
    wrong = claims();
    wrong.expires = kNow - 60;
    EXPECT_EQ(refusal(admit(*book, wrong)), Errc::token_invalid);
    wrong.expires = kNow - 59;
    EXPECT_EQ(refusal(admit(*book, wrong)), Errc::internal);
    wrong.expires = std::nullopt;
    EXPECT_EQ(refusal(admit(*book, wrong)), Errc::token_invalid);
    wrong = claims();
    wrong.not_before = kNow + 61;
    EXPECT_EQ(refusal(admit(*book, wrong)), Errc::token_invalid);
    for (const std::string& subject :
         {std::string(), std::string(256, 's'), std::string("a\nb"), std::string("\xc3\xa4")}) {
        wrong = claims();
        wrong.subject = subject;
        EXPECT_EQ(refusal(admit(*book, wrong)), Errc::token_invalid) << subject;
    }
}

TEST_F(TrustBookTest, EntrasTenantMustBeItsIssuers) {
    add_issuer("entra", entra_issuer());
    add_rule("entra", "all", {{"tid", "*"}}, {"pull"});
    const TrustBookPtr book = load();
    const std::string tenant = kTenant;
    for (const std::string& iss : {"https://sts.windows.net/" + tenant + "/",
                                   "https://login.microsoftonline.com/" + tenant + "/v2.0"}) {
        ForeignClaims token = claims();
        token.issuer = iss;
        token.audiences = {"https://management.azure.com/"};
        token.tenant = tenant;
        token.object_id = "the-object";
        token.texts["tid"] = {tenant};
        const auto principal = admit(*book, token);
        ASSERT_TRUE(principal) << iss << principal.error().log_detail;
        EXPECT_EQ(principal->name, "entra:the-object");
        token.object_id = "";
        EXPECT_EQ(admit(*book, token)->name, "entra:repo:org/app:main");
        token.tenant = "99999999-2222-3333-4444-aaaaaaaaaaaa";
        EXPECT_EQ(refusal(admit(*book, token)), Errc::token_invalid);
        token.tenant = "";
        EXPECT_EQ(refusal(admit(*book, token)), Errc::token_invalid);
    }
    EXPECT_EQ(book->find_home("https://sts.windows.net/" + tenant).issuer, nullptr);
    EXPECT_EQ(
        book->find_home("https://sts.windows.net/99999999-2222-3333-4444-aaaaaaaaaaaa/").issuer,
        nullptr);
}

TEST_F(TrustBookTest, ADisabledIssuerIsUnknown) {
    add_issuer("gh", plain_issuer());
    EXPECT_NE(load()->find_home(kIssuer).issuer, nullptr);
    enable("gh", false);
    EXPECT_EQ(load()->find_home(kIssuer).issuer, nullptr);
    EXPECT_EQ(load()->find_home("").issuer, nullptr);
}

TEST_F(TrustBookTest, ReadmitsWhileAllItHangsOnStands) {
    add_issuer("gh", plain_issuer());
    add_rule("gh", "all", {{"sub", "repo:org/*"}}, {"pull"});
    add_rule("gh", "team", {{"groups", "g2"}}, {"team"});
    const auto admitted = admit(*load(), claims());
    ASSERT_TRUE(admitted);
    const oci::Trust trust = *admitted->trust;
    EXPECT_EQ(load()->readmit(trust)->name, admitted->name);
    EXPECT_EQ(*load()->readmit(trust)->rules, *admitted->rules);
    // What its scope maps say counts as it is now.
    put_map("team", "team2/*", oci::Action::push);
    EXPECT_THAT(patterns(*load()->readmit(trust)), ElementsAre("*", "team2/*"));
    // A rule that is made later is for tokens that come later.
    add_rule("gh", "more", {{"sub", "*"}}, {"_repositories_admin"});
    EXPECT_EQ(load()->readmit(trust)->rules->size(), 2U);
    remove_rule("gh", "team");
    EXPECT_EQ(refusal(load()->readmit(trust)), Errc::token_invalid);
    add_rule("gh", "team", {{"groups", "g2"}}, {"team"});
    EXPECT_EQ(refusal(load()->readmit(trust)), Errc::token_invalid) << "it is another rule";
}

TEST_F(TrustBookTest, ReadmitsNobodyWhoseIssuerChangedOrWhoIsBlocked) {
    add_issuer("gh", plain_issuer());
    add_rule("gh", "all", {{"sub", "repo:org/*"}}, {"pull"});
    const oci::Trust trust = *admit(*load(), claims())->trust;
    block("gh", "someone else");
    EXPECT_EQ(refusal(load()->readmit(trust)), Errc::internal);
    block("gh", trust.subject);
    EXPECT_EQ(refusal(load()->readmit(trust)), Errc::token_invalid);
    change([&trust](db::Session& session) {
        return meta::unblock_subject(session, "gh", trust.subject);
    });
    EXPECT_EQ(refusal(load()->readmit(trust)), Errc::internal);
    enable("gh", false);
    EXPECT_EQ(refusal(load()->readmit(trust)), Errc::token_invalid);
    enable("gh", true);
    EXPECT_EQ(refusal(load()->readmit(trust)), Errc::token_invalid) << "signed out by that";
    oci::Trust other = trust;
    other.issuer = "nobody";
    EXPECT_EQ(refusal(load()->readmit(other)), Errc::token_invalid);
}

TEST_F(TrustBookTest, WhatItCannotReadIsLeftOutAndSaid) {
    change([](db::Session& session) {
        meta::IssuerRow row;
        row.name = "bad";
        row.document = R"({"preset":"later"})";
        return meta::create_issuer(session, row, now());
    });
    add_issuer("gh", plain_issuer());
    change([](db::Session& session) {
        meta::TrustRuleRow row;
        row.issuer = "gh";
        row.name = "bad-rule";
        row.document = R"({"claims":[],"scope_maps":["_repositories_admin"]})";
        return meta::create_trust_rule(session, row, now());
    });
    add_issuer("same", plain_issuer());
    const TrustBookPtr book = load();
    EXPECT_EQ(book->find_home(kIssuer).issuer->name, "gh");
    EXPECT_EQ(refusal(admit(*book, claims())), Errc::denied);
    ASSERT_EQ(book->problems().size(), 3U);
    EXPECT_EQ(book->problems()[0].issuer, "bad");
    EXPECT_THAT(book->problems()[0].reason, HasSubstr("unknown preset"));
    EXPECT_EQ(book->problems()[1].rule, "bad-rule");
    EXPECT_EQ(book->problems()[2].issuer, "same");
}

}  // namespace
}  // namespace berth::auth
