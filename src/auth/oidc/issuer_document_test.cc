// SPDX-License-Identifier: Apache-2.0
#include "auth/oidc/issuer_document.h"

#include <gmock/gmock.h>

namespace berth::auth {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr const char* kTenant = "11111111-2222-3333-4444-aaaaaaaaaaaa";

IssuerDocument document(IssuerPreset preset) {
    IssuerDocument made;
    made.preset = preset;
    made.audiences = {"berth"};
    return made;
}

/// What is wrong, empty for nothing.
std::string problem(const IssuerDocument& wrong) {
    const auto made = complete(wrong);
    return made ? "" : made.error().log_detail;
}

std::string parse_problem(std::string_view json) {
    const auto parsed = parse_issuer_document(json);
    return parsed ? "" : parsed.error().log_detail;
}

TEST(IssuerDocument, PresetsKnowTheirIssuer) {
    EXPECT_EQ(complete(document(IssuerPreset::github))->issuer,
              "https://token.actions.githubusercontent.com");
    EXPECT_EQ(complete(document(IssuerPreset::gitlab))->issuer, "https://gitlab.com");
    IssuerDocument own = document(IssuerPreset::gitlab);
    own.issuer = "https://git.example";
    EXPECT_EQ(complete(own)->issuer, "https://git.example");
    EXPECT_THAT(problem(document(IssuerPreset::kubernetes)), HasSubstr("issuer URL"));
    EXPECT_THAT(problem(document(IssuerPreset::oidc)), HasSubstr("issuer URL"));
}

TEST(IssuerDocument, EntraNeedsTenantsAndKnowsItsAudiences) {
    IssuerDocument entra = document(IssuerPreset::entra);
    entra.audiences.clear();
    EXPECT_THAT(problem(entra), HasSubstr("tenants"));
    entra.tenants = {"contoso.onmicrosoft.com"};
    EXPECT_THAT(problem(entra), HasSubstr("not a GUID"));
    entra.tenants = {"11111111-2222-3333-4444-AAAAAAAAAAAA"};
    const auto made = complete(entra);
    ASSERT_TRUE(made);
    EXPECT_THAT(made->tenants, ElementsAre(kTenant));
    EXPECT_THAT(made->audiences, SizeIs(6));
    EXPECT_THAT(made->audiences, Contains("https://management.azure.com/"));
    EXPECT_THAT(made->audiences, Contains("https://containerregistry.azure.net"));
    entra.audiences = {"api://mine"};
    EXPECT_THAT(complete(entra)->audiences, ElementsAre("api://mine"));
    entra.issuer = "https://login.example";
    EXPECT_NE(problem(entra), "");
    IssuerDocument github = document(IssuerPreset::github);
    github.tenants = {kTenant};
    EXPECT_THAT(problem(github), HasSubstr("entra only"));
}

TEST(IssuerDocument, OnlyEntraHasAudiencesOfItsOwn) {
    IssuerDocument github = document(IssuerPreset::github);
    github.audiences.clear();
    EXPECT_THAT(problem(github), HasSubstr("audience is needed"));
    github.audiences = {"a b"};
    EXPECT_NE(problem(github), "");
    github.audiences = {""};
    EXPECT_NE(problem(github), "");
    github.audiences.assign(65, "a");
    EXPECT_NE(problem(github), "");
}

TEST(IssuerDocument, UrlsAreHttps) {
    IssuerDocument some = document(IssuerPreset::oidc);
    for (const char* url : {"http://i.example", "i.example", "https://", "https://a b",
                            "https://u@i.example", "https://i.example/?q", "https://i.example/#f",
                            "file:///etc/passwd", "https://i.example/\n"}) {
        some.issuer = url;
        EXPECT_NE(problem(some), "") << url;
    }
    some.issuer = "https://i.example/path/";
    EXPECT_EQ(problem(some), "");
    some.discovery = "http://127.0.0.1:9000";
    EXPECT_NE(problem(some), "");
    some.allow_private = true;
    EXPECT_EQ(problem(some), "");
    some.discovery = "";
    some.issuer = "http://127.0.0.1:9000";
    EXPECT_EQ(problem(some), "");
    some.clock_skew = -1;
    EXPECT_NE(problem(some), "");
    some.clock_skew = kClockSkewMax + 1;
    EXPECT_NE(problem(some), "");
}

TEST(IssuerDocument, LocationsAreWhereTheKeysAre) {
    IssuerDocument some = document(IssuerPreset::oidc);
    some.issuer = "https://i.example/";
    auto locations = locations_of(some);
    ASSERT_EQ(locations.size(), 1U);
    EXPECT_EQ(locations[0].issuer, "https://i.example/");
    EXPECT_EQ(locations[0].discovery, "https://i.example");
    EXPECT_EQ(locations[0].tenant, "");
    some.discovery = "https://mirror.example/x/";
    EXPECT_EQ(locations_of(some)[0].discovery, "https://mirror.example/x");

    IssuerDocument entra = document(IssuerPreset::entra);
    entra.tenants = {kTenant, kTenant};
    locations = locations_of(entra);
    ASSERT_EQ(locations.size(), 4U);
    const std::string tenant = kTenant;
    EXPECT_EQ(locations[0].issuer, "https://sts.windows.net/" + tenant + "/");
    EXPECT_EQ(locations[0].discovery, "https://login.microsoftonline.com/" + tenant);
    EXPECT_EQ(locations[0].tenant, tenant);
    EXPECT_EQ(locations[1].issuer, "https://login.microsoftonline.com/" + tenant + "/v2.0");
    EXPECT_EQ(locations[1].discovery, "https://login.microsoftonline.com/" + tenant + "/v2.0");
    entra.discovery = "https://127.0.0.1:9000/";
    locations = locations_of(entra);
    EXPECT_EQ(locations[1].issuer, "https://login.microsoftonline.com/" + tenant + "/v2.0");
    EXPECT_EQ(locations[0].discovery, "https://127.0.0.1:9000/" + tenant);
    EXPECT_EQ(locations[1].discovery, "https://127.0.0.1:9000/" + tenant + "/v2.0");
}

TEST(IssuerDocument, IsReadAsItWasPrinted) {
    IssuerDocument entra = document(IssuerPreset::entra);
    entra.tenants = {kTenant};
    entra.discovery = "https://login.microsoftonline.us";
    entra.ca_file = "/etc/\"ca\".pem";
    entra.allow_private = true;
    entra.clock_skew = 5;
    EXPECT_EQ(*parse_issuer_document(print(entra)), entra);
    const IssuerDocument github = complete(document(IssuerPreset::github)).value();
    EXPECT_EQ(*parse_issuer_document(print(github)), github);
    EXPECT_EQ(print(github),
              R"({"preset":"github","issuer":"https://token.actions.githubusercontent.com",)"
              R"("audiences":["berth"]})");
}

TEST(IssuerDocument, WhatIsWrongIsSaid) {
    EXPECT_THAT(parse_problem("{"), HasSubstr("not JSON"));
    EXPECT_THAT(parse_problem("[]"), HasSubstr("not a JSON object"));
    EXPECT_THAT(parse_problem("{}"), HasSubstr("unknown preset"));
    EXPECT_THAT(parse_problem(R"({"preset":"okta"})"), HasSubstr("unknown preset 'okta'"));
    EXPECT_THAT(parse_problem(R"({"preset":"github","audience":"a"})"),
                HasSubstr("unknown member 'audience'"));
    EXPECT_THAT(parse_problem(R"({"preset":"github","audiences":"a"})"),
                HasSubstr("'audiences' is not a list of texts"));
    EXPECT_THAT(parse_problem(R"({"preset":"github","audiences":[1]})"),
                HasSubstr("'audiences' is not a list of texts"));
    EXPECT_THAT(parse_problem(R"({"preset":1})"), HasSubstr("'preset' is not a text"));
    EXPECT_THAT(parse_problem(R"({"preset":"github","allow_private":1})"),
                HasSubstr("not true or false"));
    EXPECT_THAT(parse_problem(R"({"preset":"github","clock_skew":"1"})"),
                HasSubstr("not a whole number"));
}

TEST(TrustName, IsPlain) {
    for (const char* name : {"a", "github", "entra-1", "k8s.prod_2", "0"}) {
        EXPECT_TRUE(is_trust_name(name)) << name;
    }
    for (const char* name : {"", "local", "A", "a:b", "a b", "-a", ".a", "a/b", "\xc3\xa4"}) {
        EXPECT_FALSE(is_trust_name(name)) << name;
    }
    EXPECT_TRUE(is_trust_name(std::string(64, 'a')));
    EXPECT_FALSE(is_trust_name(std::string(65, 'a')));
}

TEST(Guid, HasItsDashesAndDigits) {
    EXPECT_TRUE(is_guid(kTenant));
    EXPECT_TRUE(is_guid("11111111-2222-3333-4444-AAAAAAAAAAAA"));
    EXPECT_FALSE(is_guid("11111111-2222-3333-4444-aaaaaaaaaaa"));
    EXPECT_FALSE(is_guid("11111111-2222-3333-4444-aaaaaaaaaaag"));
    EXPECT_FALSE(is_guid("111111112-222-3333-4444-aaaaaaaaaaaa"));
    EXPECT_FALSE(is_guid(""));
}

}  // namespace
}  // namespace berth::auth
