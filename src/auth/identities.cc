// SPDX-License-Identifier: Apache-2.0
#include "auth/identities.h"

#include "auth/admin_account.h"
#include "auth/oidc/trust_rule.h"
#include "auth/token_claims.h"
#include "base/try.h"
#include "meta/issuers.h"

#include <algorithm>

namespace berth::auth {
namespace {

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_name_character(char c) {
    return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
}

Family family_of(const meta::AccountRow& account) {
    return account.kind == meta::AccountKind::token ? Family::tokens : Family::users;
}

std::string word_of(Family family) {
    return family == Family::tokens ? "token" : "user";
}

Result<void> check_scope_maps(const meta::AccountRow& account) {
    if (account.kind == meta::AccountKind::admin && !account.scope_maps.empty()) {
        return fail(Errc::bad_request, "an admin may do everything: no scope map narrows it");
    }
    if (account.scope_maps.size() > kScopeMapsPerAccountMax) {
        return fail(Errc::bad_request, "an account has at most " +
                                           std::to_string(kScopeMapsPerAccountMax) + " scope maps");
    }
    return {};
}

// What the catalog says of a scope map that is not there is no mistake in the command line's form.
Result<void> as_unknown(Result<void> outcome) {
    if (!outcome && outcome.error().code == Errc::bad_request) {
        return fail(Errc::name_unknown, outcome.error().log_detail);
    }
    return outcome;
}

Result<void> check_rules(const meta::ScopeMapRow& scope_map) {
    if (scope_map.rules.size() > kRulesPerScopeMapMax) {
        return fail(Errc::bad_request,
                    "a scope map has at most " + std::to_string(kRulesPerScopeMapMax) + " rules");
    }
    if (scope_map.description.size() > kDescriptionBytesMax) {
        return fail(Errc::bad_request,
                    "a description has at most " + std::to_string(kDescriptionBytesMax) + " bytes");
    }
    for (const oci::Rule& rule : scope_map.rules) {
        if (!oci::is_name_pattern(rule.pattern)) {
            return fail(Errc::bad_request,
                        "'" + rule.pattern +
                            "' is no repository name, no beginning of one with a * at its end, "
                            "and not *");
        }
    }
    return {};
}

oci::Rule* rule_of(oci::Rules& rules, const std::string& pattern) {
    const auto found = std::ranges::find(rules, pattern, &oci::Rule::pattern);
    return found == rules.end() ? nullptr : &*found;
}

void add_rule(oci::Rules& rules, const oci::Rule& added) {
    if (oci::Rule* known = rule_of(rules, added.pattern)) {
        known->actions.add(added.actions);
    } else {
        rules.push_back(added);
    }
}

Result<void> take_rule(oci::Rules& rules, const oci::Rule& removed) {
    oci::Rule* known = rule_of(rules, removed.pattern);
    if (known == nullptr) {
        return fail(Errc::name_unknown, "no rule is about '" + removed.pattern + "'");
    }
    known->actions.drop(removed.actions.empty() ? oci::ActionSet::all() : removed.actions);
    return {};
}

Result<meta::ScopeMapRow> get_own_scope_map(db::Session& session, const std::string& name) {
    BERTH_TRY(meta::ScopeMapRow scope_map, get_scope_map(session, name));
    if (scope_map.is_built_in()) {
        return fail(Errc::denied, "scope map '" + name + "' comes with the registry and stays");
    }
    return scope_map;
}

// A rule that cannot be read gives no rights.
bool gives(const meta::TrustRuleRow& row, const std::string& scope_map) {
    const Result<TrustRule> rule = parse_trust_rule(row.document);
    return rule && std::ranges::find(rule->scope_maps, scope_map) != rule->scope_maps.end();
}

// Who would lose it: accounts, and rules about the tokens of other issuers.
Result<std::vector<std::string>> holders_of(db::Session& session, const std::string& scope_map) {
    std::vector<std::string> holders;
    BERTH_TRY(const std::vector<std::string> accounts, meta::accounts_with(session, scope_map));
    holders.reserve(accounts.size());
    for (const std::string& account : accounts) {
        holders.push_back("'" + account + "'");
    }
    BERTH_TRY(const std::vector<meta::IssuerRow> issuers, meta::list_issuers(session));
    for (const meta::IssuerRow& issuer : issuers) {
        BERTH_TRY(const std::vector<meta::TrustRuleRow> rules,
                  meta::list_trust_rules(session, issuer.name));
        for (const meta::TrustRuleRow& rule : rules) {
            if (gives(rule, scope_map)) {
                holders.push_back("rule '" + rule.name + "' of issuer '" + issuer.name + "'");
            }
        }
    }
    return holders;
}

}  // namespace

Result<void> check_identity_name(std::string_view name) {
    if (name == kNilGuid) {
        return fail(Errc::bad_request, "the name " + std::string(name) +
                                           " says that a password is a token: no account has it");
    }
    if (name.starts_with('_')) {
        return fail(Errc::bad_request, "names that begin with _ are the registry's own");
    }
    if (name.empty() || name.size() > kIdentityNameMax || !is_alphanumeric(name.front()) ||
        !std::ranges::all_of(name, is_name_character)) {
        return fail(Errc::bad_request,
                    "'" + std::string(name) +
                        "' is no name: 1 to 64 letters, digits, '.', '_' and '-', the first a "
                        "letter or a digit");
    }
    return {};
}

Result<meta::AccountRow> get_account(db::Session& session, Family family, const std::string& name) {
    BERTH_TRY(std::optional<meta::AccountRow> found, meta::find_account(session, name));
    if (!found) {
        return fail(Errc::name_unknown, "there is no " + word_of(family) + " '" + name + "'");
    }
    const Family its = family_of(*found);
    if (its != family) {
        return fail(Errc::name_unknown, "'" + name + "' is a " + word_of(its) + ": see berth " +
                                            word_of(its) + " show " + name);
    }
    return *std::move(found);
}

Result<std::vector<meta::AccountRow>> accounts_of(db::Session& session, Family family) {
    BERTH_TRY(std::vector<meta::AccountRow> accounts, meta::list_accounts(session));
    std::erase_if(accounts, [family](const meta::AccountRow& account) {
        return family_of(account) != family;
    });
    return accounts;
}

Result<void> add_account(db::Session& session, const meta::AccountRow& account, Timestamp now) {
    BERTH_TRY_VOID(check_identity_name(account.name));
    BERTH_TRY_VOID(check_scope_maps(account));
    return as_unknown(meta::create_account(session, account, now));
}

Result<void> change_account(db::Session& session, Family family, const std::string& name,
                            const AccountChange& change, Timestamp now) {
    BERTH_TRY(meta::AccountRow account, get_account(session, family, name));
    account.expires_at = change.expires_at.value_or(account.expires_at);
    account.scope_maps = change.scope_maps.value_or(account.scope_maps);
    BERTH_TRY_VOID(check_scope_maps(account));
    return as_unknown(meta::change_account(session, account, now));
}

Result<void> enable_account(db::Session& session, Family family, const std::string& name,
                            bool enabled, Timestamp now) {
    BERTH_TRY(meta::AccountRow account, get_account(session, family, name));
    account.enabled = enabled;
    BERTH_TRY_VOID(meta::change_account(session, account, now));
    return enabled ? Result<void>() : meta::end_tokens(session, name);
}

Result<void> sign_out(db::Session& session, Family family, const std::string& name) {
    BERTH_TRY_VOID(get_account(session, family, name));
    return meta::end_tokens(session, name);
}

Result<void> change_password(db::Session& session, Family family, const std::string& name, int slot,
                             const std::optional<meta::PasswordRow>& password) {
    if (slot != 1 && slot != 2) {
        return fail(Errc::bad_request, "a password is in slot 1 or 2");
    }
    BERTH_TRY(const meta::AccountRow account, get_account(session, family, name));
    if (!password && !account.passwords.at(static_cast<std::size_t>(slot - 1))) {
        return fail(Errc::name_unknown,
                    "'" + name + "' has no password in slot " + std::to_string(slot));
    }
    return meta::put_password(session, name, slot, password);
}

Result<void> remove_account(db::Session& session, Family family, const std::string& name) {
    BERTH_TRY_VOID(get_account(session, family, name));
    if (name == kAdminName) {
        return fail(Errc::denied, "the account admin stays; it can be disabled");
    }
    BERTH_TRY_VOID(meta::delete_account(session, name));
    return {};
}

Result<meta::ScopeMapRow> get_scope_map(db::Session& session, const std::string& name) {
    BERTH_TRY(std::optional<meta::ScopeMapRow> found, meta::find_scope_map(session, name));
    if (!found) {
        return fail(Errc::name_unknown, "there is no scope map '" + name + "'");
    }
    return *std::move(found);
}

Result<void> add_scope_map(db::Session& session, const meta::ScopeMapRow& scope_map,
                           Timestamp now) {
    BERTH_TRY_VOID(check_identity_name(scope_map.name));
    BERTH_TRY(const std::optional<meta::ScopeMapRow> known,
              meta::find_scope_map(session, scope_map.name));
    if (known) {
        return fail(Errc::conflict, "there is a scope map '" + scope_map.name + "' already");
    }
    meta::ScopeMapRow merged = scope_map;
    merged.rules.clear();
    for (const oci::Rule& rule : scope_map.rules) {
        add_rule(merged.rules, rule);
    }
    BERTH_TRY_VOID(check_rules(merged));
    return meta::put_scope_map(session, merged, now);
}

Result<void> change_scope_map(db::Session& session, const std::string& name,
                              const ScopeMapChange& change, Timestamp now) {
    BERTH_TRY(meta::ScopeMapRow scope_map, get_own_scope_map(session, name));
    scope_map.description = change.description.value_or(scope_map.description);
    for (const oci::Rule& rule : change.removed) {
        BERTH_TRY_VOID(take_rule(scope_map.rules, rule));
    }
    for (const oci::Rule& rule : change.added) {
        add_rule(scope_map.rules, rule);
    }
    std::erase_if(scope_map.rules, [](const oci::Rule& rule) { return rule.actions.empty(); });
    BERTH_TRY_VOID(check_rules(scope_map));
    return meta::put_scope_map(session, scope_map, now);
}

Result<void> remove_scope_map(db::Session& session, const std::string& name, bool even_if_used) {
    BERTH_TRY_VOID(get_own_scope_map(session, name));
    BERTH_TRY(const std::vector<std::string> holders, holders_of(session, name));
    if (!holders.empty() && !even_if_used) {
        const std::string others =
            holders.size() > 1 ? " and " + std::to_string(holders.size() - 1) + " more" : "";
        return fail(Errc::conflict, holders.front() + others + " would lose scope map '" + name +
                                        "': use --force to take it from them");
    }
    BERTH_TRY_VOID(meta::delete_scope_map(session, name));
    return {};
}

}  // namespace berth::auth
