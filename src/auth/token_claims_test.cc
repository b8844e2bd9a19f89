// SPDX-License-Identifier: Apache-2.0
#include "auth/token_claims.h"

#include "base/bytes.h"
#include "base/encode.h"

#include <gtest/gtest.h>

namespace berth::auth {
namespace {

using oci::Action;
using oci::Scope;

TokenClaims claims(TokenClaims::Kind kind) {
    TokenClaims made;
    made.kind = kind;
    made.id = "365e3b5b-844e-4a21-8a38-4d8aebddd6a0";
    made.subject = "admin";
    made.audience = "myreg.azurecr.io";
    made.registry_id = "0123456789abcdef0123456789abcdef";
    made.issued = 1'700'000'900;
    made.expires = made.issued + 3600;
    return made;
}

TokenClaims access(std::vector<Scope> scopes) {
    TokenClaims made = claims(TokenClaims::Kind::access);
    made.access = std::move(scopes);
    return made;
}

TEST(TokenClaims, AccessExact) {
    const TokenClaims made =
        access({Scope("repository", "hello-world", {Action::pull, Action::push})});
    EXPECT_EQ(claims_text(made),
              R"({"jti":"365e3b5b-844e-4a21-8a38-4d8aebddd6a0","sub":"admin","nbf":1700000000,)"
              R"("exp":1700004500,"iat":1700000000,"iss":"Azure Container Registry",)"
              R"("aud":"myreg.azurecr.io","version":"1.0",)"
              R"("rid":"0123456789abcdef0123456789abcdef",)"
              R"("access":[{"Type":"repository","Name":"hello-world","Actions":["pull","push"]}],)"
              R"("roles":[],"grant_type":"access_token","epoch":0})");
}

TEST(TokenClaims, RefreshExact) {
    TokenClaims made = claims(TokenClaims::Kind::refresh);
    made.expires = made.issued + kRefreshLifetime;
    EXPECT_EQ(claims_text(made),
              R"({"jti":"365e3b5b-844e-4a21-8a38-4d8aebddd6a0","sub":"admin","nbf":1700000000,)"
              R"("exp":1700011700,"iat":1700000000,"iss":"Azure Container Registry",)"
              R"("aud":"myreg.azurecr.io","version":"1.0",)"
              R"("rid":"0123456789abcdef0123456789abcdef","grant_type":"refresh_token",)"
              R"("permissions":{"Actions":["read","write","delete"],"NotActions":null},)"
              R"("roles":[],"epoch":0})");
}

TEST(TokenClaims, MetadataIsVersionTwo) {
    for (const Action action : {Action::metadata_read, Action::metadata_write}) {
        EXPECT_NE(
            claims_text(access({Scope("repository", "a", {action})})).find(R"("version":"2.0")"),
            std::string::npos);
    }
    EXPECT_NE(claims_text(access({Scope("registry", "catalog", {Action::catalog})}))
                  .find(R"("version":"1.0")"),
              std::string::npos);
}

TEST(TokenClaims, ReadsWhatItWrote) {
    const TokenClaims made = access({Scope("repository", "a/b", {Action::pull, Action::remove}),
                                     Scope("repository", "*", {Action::catalog}),
                                     Scope("registry", "catalog", {Action::catalog})});
    const auto read = parse_claims(claims_text(made));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->kind, TokenClaims::Kind::access);
    EXPECT_EQ(read->id, made.id);
    EXPECT_EQ(read->subject, made.subject);
    EXPECT_EQ(read->audience, made.audience);
    EXPECT_EQ(read->registry_id, made.registry_id);
    EXPECT_EQ(read->issued, made.issued);
    EXPECT_EQ(read->expires, made.expires);
    EXPECT_EQ(read->access, made.access);
    const auto refresh = parse_claims(claims_text(claims(TokenClaims::Kind::refresh)));
    ASSERT_TRUE(refresh.has_value());
    EXPECT_EQ(refresh->kind, TokenClaims::Kind::refresh);
}

TEST(TokenClaims, TellWhatAFederatedCallerHangsOn) {
    TokenClaims made = claims(TokenClaims::Kind::refresh);
    made.subject = "idp:repo:org/app";
    made.trust = oci::Trust{"idp", "repo:org/app", 7, {{"ci", 3}, {"nightly", 12}}};
    const std::string text = claims_text(made);
    EXPECT_TRUE(text.ends_with(R"("roles":[],"trust":{"issuer":"idp","subject":"repo:org/app",)"
                               R"("epoch":7,"rules":[["ci",3],["nightly",12]]}})"))
        << text;
    EXPECT_EQ(parse_claims(text)->trust, made.trust);
    for (const std::string_view broken : {"[\"ci\",3]", "7", "[[\"ci\",3],"}) {
        std::string other = text;
        other.replace(other.find(broken), broken.size(), "[\"ci\"]");
        EXPECT_FALSE(parse_claims(other).has_value()) << other;
    }
}

TEST(TokenClaims, EpochIsTheAccounts) {
    TokenClaims made = claims(TokenClaims::Kind::refresh);
    made.epoch = -1;
    EXPECT_EQ(parse_claims(claims_text(made))->epoch, -1);
    made.subject = kNilGuid;
    EXPECT_EQ(claims_text(made).find("epoch"), std::string::npos);
}

TEST(TokenClaims, PermissionsAreSummedUpForClients) {
    TokenClaims made = claims(TokenClaims::Kind::refresh);
    made.permissions = oci::ActionSet::of_bits(1);
    EXPECT_NE(claims_text(made).find(R"("Actions":["read"],"NotActions":null)"), std::string::npos);
}

TEST(TokenClaims, OthersAreRefused) {
    const std::string good = claims_text(access({Scope("repository", "a", {Action::pull})}));
    const auto with = [&good](std::string_view old, std::string_view fresh) {
        std::string text = good;
        text.replace(text.find(old), old.size(), fresh);
        return parse_claims(text).has_value();
    };
    EXPECT_TRUE(with("admin", "somebody"));
    EXPECT_FALSE(with("Azure Container Registry", "somebody"));
    EXPECT_FALSE(with("\"grant_type\":\"access_token\"", "\"grant_type\":\"password\""));
    EXPECT_FALSE(with("\"sub\":\"admin\"", "\"sub\":1"));
    EXPECT_FALSE(with("\"exp\":1700004500", "\"exp\":\"1700004500\""));
    EXPECT_FALSE(with("\"exp\":1700004500", "\"exp\":-1"));
    EXPECT_FALSE(with("\"exp\":1700004500", "\"exp\":9223372036854775807"));
    EXPECT_FALSE(with("\"nbf\":1700000000", "\"nbf\":1"));
    EXPECT_FALSE(with("\"pull\"", "\"fly\""));
    EXPECT_FALSE(with("\"Actions\":[", "\"actions\":["));
    for (const std::string_view text : {"", "{}", "[]", "null", "{"}) {
        EXPECT_FALSE(parse_claims(text).has_value()) << text;
    }
}

// Clients decode the payload with the standard alphabet.
TEST(TokenClaims, AsciiTextsNeedNoUrlAlphabet) {
    for (std::size_t length = 0; length < 6; ++length) {
        TokenClaims made = access({Scope("repository", "*", {Action::catalog})});
        made.subject = std::string(length, 'x') + "?>~\x7F?>~\x7F\"\\";
        const std::string text = claims_text(made);
        EXPECT_EQ(base64url_encode(as_bytes(text)), base64_encode(as_bytes(text)));
        EXPECT_EQ(parse_claims(text)->subject, made.subject);
    }
}

}  // namespace
}  // namespace berth::auth
