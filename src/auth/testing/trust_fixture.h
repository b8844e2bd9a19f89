// SPDX-License-Identifier: Apache-2.0
//
// For this folder's tests: a catalog with scope maps, one trusted issuer and its rules.
#pragma once

#include "auth/oidc/issuer_document.h"
#include "auth/oidc/trust_rule.h"
#include "auth/testing/accounts_fixture.h"
#include "meta/issuers.h"
#include "meta/scope_maps.h"

#include <string>
#include <utility>
#include <vector>

namespace berth::auth {

class TrustFixture : public AccountsFixture {
  protected:
    static constexpr const char* kIssuer = "https://i.example";
    static constexpr const char* kTenant = "11111111-2222-3333-4444-aaaaaaaaaaaa";

    TrustFixture() {
        put_map("pull", "*", oci::Action::pull);
        put_map("team", "team/*", oci::Action::push);
        put_map("empty", "", oci::Action::pull);
    }

    void put_map(const std::string& name, const std::string& pattern, oci::Action action) {
        meta::ScopeMapRow row;
        row.name = name;
        if (!pattern.empty()) {
            oci::ActionSet actions;
            actions.add(action);
            row.rules.emplace_back(pattern, actions, name);
        }
        change([&row](db::Session& session) { return meta::put_scope_map(session, row, now()); });
    }

    static IssuerDocument plain_issuer() {
        IssuerDocument document;
        document.issuer = kIssuer;
        document.audiences = {"berth", "other"};
        return document;
    }

    static IssuerDocument entra_issuer() {
        IssuerDocument document;
        document.preset = IssuerPreset::entra;
        document.tenants = {kTenant};
        return complete(std::move(document)).value();
    }

    void add_issuer(const std::string& name, const IssuerDocument& document) {
        meta::IssuerRow row;
        row.name = name;
        row.document = print(document);
        change([&row](db::Session& session) { return meta::create_issuer(session, row, now()); });
    }

    void add_rule(const std::string& issuer, const std::string& name,
                  std::vector<ClaimCondition> conditions, std::vector<std::string> scope_maps) {
        TrustRule rule;
        rule.conditions = std::move(conditions);
        rule.scope_maps = std::move(scope_maps);
        meta::TrustRuleRow row;
        row.issuer = issuer;
        row.name = name;
        row.document = print(rule);
        change(
            [&row](db::Session& session) { return meta::create_trust_rule(session, row, now()); });
    }

    void remove_rule(const std::string& issuer, const std::string& name) {
        change(
            [&](db::Session& session) { return meta::delete_trust_rule(session, issuer, name); });
    }

    void enable(const std::string& issuer, bool enabled) {
        change([&](db::Session& session) {
            return meta::enable_issuer(session, issuer, enabled, now());
        });
    }

    void block(const std::string& issuer, const std::string& subject) {
        change([&](db::Session& session) {
            return meta::block_subject(session, issuer, subject, now());
        });
    }
};

}  // namespace berth::auth
