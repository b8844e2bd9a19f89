// SPDX-License-Identifier: Apache-2.0
#include "app/command_issuer.h"
#include "app/issuer_report.h"
#include "app/management.h"
#include "auth/oidc/issuer_document.h"
#include "auth/oidc/trust_rule.h"
#include "base/clock.h"
#include "base/try.h"
#include "meta/scope_maps.h"

#include <utility>

namespace berth::app {
namespace {

Result<auth::TrustRule> rule_of(const Arguments& arguments) {
    auth::TrustRule rule;
    for (const std::string& text : arguments.list("--claim")) {
        BERTH_TRY(auth::ClaimCondition condition, auth::parse_condition(text));
        rule.conditions.push_back(std::move(condition));
    }
    rule.scope_maps = arguments.list("--scope-map");
    BERTH_TRY_VOID(auth::check(rule));
    return rule;
}

Result<void> check_scope_maps(db::Session& session, const auth::TrustRule& rule) {
    for (const std::string& name : rule.scope_maps) {
        BERTH_TRY(const auto found, meta::find_scope_map(session, name));
        if (!found) {
            return fail(Errc::name_unknown, "there is no scope map '" + name + "'");
        }
    }
    return {};
}

/// The rules of the issuer after `change`, the command called `operation`; it gets the entry before
/// it.
template <class Change>
Result<std::string> change_rules(const Invocation& given, std::string_view operation,
                                 Change change) {
    const std::string issuer = given.arguments.text("ISSUER");
    const std::string subject = issuer + ":" + given.arguments.text("RULE");
    BERTH_TRY(Management management, Management::open(given));
    auto work = [&](db::Session& session) -> Result<std::vector<meta::TrustRuleRow>> {
        BERTH_TRY(const IssuerEntry before, find_issuer_entry(session, issuer));
        BERTH_TRY_VOID(change(session, before));
        return meta::list_trust_rules(session, issuer);
    };
    BERTH_TRY(const std::vector<meta::TrustRuleRow> rules,
              management.change(operation, subject, work));
    return show_trust_rules(rules, given.output);
}

Result<std::string> run_add(const Invocation& given) {
    meta::TrustRuleRow row;
    row.issuer = given.arguments.text("ISSUER");
    row.name = given.arguments.text("RULE");
    if (!auth::is_trust_name(row.name)) {
        return fail(Errc::bad_request,
                    "'" + row.name + "' is no name for a rule: up to 64 of a-z 0-9 . _ -");
    }
    BERTH_TRY(const auth::TrustRule rule, rule_of(given.arguments));
    row.document = auth::print(rule);
    return change_rules(given, "issuer rule add",
                        [&](db::Session& session, const IssuerEntry& before) -> Result<void> {
                            for (const meta::TrustRuleRow& other : before.rules) {
                                if (other.name == row.name) {
                                    return fail(Errc::conflict, "issuer '" + row.issuer +
                                                                    "' has a rule '" + row.name +
                                                                    "' already");
                                }
                            }
                            BERTH_TRY_VOID(check_scope_maps(session, rule));
                            return meta::create_trust_rule(session, row, now());
                        });
}

Result<std::string> run_remove(const Invocation& given) {
    const std::string name = given.arguments.text("RULE");
    return change_rules(
        given, "issuer rule remove",
        [&name](db::Session& session, const IssuerEntry& before) -> Result<void> {
            BERTH_TRY(const bool gone, meta::delete_trust_rule(session, before.issuer.name, name));
            return gone ? Result<void>()
                        : fail(Errc::name_unknown,
                               "issuer '" + before.issuer.name + "' has no rule '" + name + "'");
        });
}

Result<std::string> run_list(const Invocation& given) {
    const std::string issuer = given.arguments.text("ISSUER");
    BERTH_TRY(Management management, Management::open(given));
    auto find = [&issuer](db::Session& session) { return find_issuer_entry(session, issuer); };
    BERTH_TRY(const IssuerEntry entry, management.read(find));
    return show_trust_rules(entry.rules, given.output);
}

}  // namespace

std::vector<Command> issuer_rule_commands() {
    using enum Command::Takes;
    using enum Parameter::Values;
    const auto issuer = [] { return Parameter("ISSUER", "", "Whose tokens").as_required(); };
    const auto rule = [] { return Parameter("RULE", "", "What the rule is called").as_required(); };
    return {
        group("issuer rule", "Which tokens of an issuer may do what"),
        Command(
            "issuer rule add", "Give the rights of scope maps to tokens with such claims", catalog,
            {issuer(), rule(),
             Parameter("--claim", "NAME=PATTERN",
                       "A claim and what it must be; * is any text. All of them must hold", many)
                 .as_required(),
             Parameter("--scope-map", "MAP", "What such tokens may do", many).as_required()},
            run_add),
        Command("issuer rule remove", "Remove it; what it let in ends at once", catalog,
                {issuer(), rule()}, run_remove),
        Command("issuer rule list", "The rules of an issuer", catalog, {issuer()}, run_list),
    };
}

}  // namespace berth::app
