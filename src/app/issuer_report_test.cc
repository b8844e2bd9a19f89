// SPDX-License-Identifier: Apache-2.0
#include "app/issuer_report.h"

#include <gtest/gtest.h>

namespace berth::app {
namespace {

IssuerEntry entry() {
    IssuerEntry made;
    made.issuer.name = "gl";
    made.issuer.document = R"({"preset":"gitlab","audiences":["berth"]})";
    made.issuer.created_at = Timestamp{kTicksPerSecond};
    made.issuer.updated_at = Timestamp{2 * kTicksPerSecond};
    meta::TrustRuleRow rule;
    rule.name = "all";
    rule.document = R"({"claims":[{"name":"sub","pattern":"*\"*"}],"scope_maps":["ci"]})";
    made.rules.push_back(rule);
    made.blocked = {"someone"};
    return made;
}

TEST(IssuerReport, SaysEverythingAsText) {
    EXPECT_EQ(show_issuer(entry(), OutputFormat::text),
              "gl (enabled)\n"
              "  preset       gitlab\n"
              "  issuer       https://gitlab.com\n"
              "  audience     berth\n"
              "  clock skew   60 s\n"
              "  rule         all: sub=*\"* -> ci\n"
              "  blocked      someone\n");
}

TEST(IssuerReport, SaysEverythingAsJson) {
    EXPECT_EQ(show_issuer(entry(), OutputFormat::json),
              R"({"name":"gl","enabled":true,"preset":"gitlab","issuers":["https://gitlab.com"],)"
              R"("tenants":[],"audiences":["berth"],"discovery":null,"ca_file":null,)"
              R"("allow_private":false,"clock_skew":60,"rules":[{"name":"all",)"
              R"("created_at":"1970-01-01T00:00:00Z","claims":[{"name":"sub","pattern":"*\"*"}],)"
              R"("scope_maps":["ci"]}],"blocked_subjects":["someone"],)"
              R"("created_at":"1970-01-01T00:00:01Z","updated_at":"1970-01-01T00:00:02Z"})"
              "\n");
    EXPECT_EQ(show_issuers({}, OutputFormat::json), "[]\n");
    EXPECT_EQ(show_trust_rules({}, OutputFormat::json), "[]\n");
}

TEST(IssuerReport, SaysThatThereIsNone) {
    EXPECT_EQ(show_issuers({}, OutputFormat::text), "no issuer: accounts alone sign in\n");
    EXPECT_EQ(show_trust_rules({}, OutputFormat::text), "no rule: nobody is let in\n");
}

TEST(IssuerReport, SaysWhatCannotBeRead) {
    IssuerEntry later = entry();
    later.issuer.document = R"({"preset":"later"})";
    later.rules.front().document = "{}";
    EXPECT_EQ(show_issuer(later, OutputFormat::text),
              "gl (enabled)\n"
              "  ignored      unknown preset 'later'\n"
              "  rule         all: ignored, a rule has from 1 to 32 conditions on claims\n"
              "  blocked      someone\n");
    const std::string json = show_issuer(later, OutputFormat::json);
    EXPECT_NE(json.find(R"("problem":"unknown preset 'later'")"), std::string::npos) << json;
    EXPECT_NE(json.find(R"("problem":"a rule has)"), std::string::npos) << json;
}

TEST(IssuerReport, AnIssuerWithoutRulesLetsNobodyIn) {
    IssuerEntry bare = entry();
    bare.rules.clear();
    const std::string text = show_issuer(bare, OutputFormat::text);
    EXPECT_NE(text.find("nobody is let in"), std::string::npos) << text;
}

}  // namespace
}  // namespace berth::app
