// SPDX-License-Identifier: Apache-2.0
#include "app/command_token.h"

#include "app/account_commands.h"
#include "app/password_source.h"
#include "app/scope_rules.h"
#include "base/try.h"
#include "meta/scope_maps.h"

#include <algorithm>
#include <iterator>

namespace berth::app {
namespace {

constexpr const char* kRepositoryFlag = "--repository";

Result<int> password_count(const Invocation& given) {
    const std::string text = given.arguments.text("--passwords");
    if (text.empty() || text == "2") {
        return 2;
    }
    if (text == "1") {
        return 1;
    }
    if (text == "none") {
        return 0;
    }
    return fail(Errc::bad_request, "--passwords: expected 1, 2 or none, got '" + text + "'");
}

// What is to be made: the token, and the scope map that --repository makes for it.
struct Plan {
    meta::AccountRow token;
    std::optional<meta::ScopeMapRow> scope_map;
    std::vector<FreshPassword> fresh;
};

Result<Plan> plan_rights(const Invocation& given) {
    const Arguments& arguments = given.arguments;
    Plan plan;
    plan.token.name = arguments.text("NAME");
    plan.token.kind = meta::AccountKind::token;
    BERTH_TRY_VOID(auth::check_identity_name(plan.token.name));
    if (arguments.has(kScopeMapFlag) == arguments.has(kRepositoryFlag)) {
        return fail(Errc::bad_request,
                    "what may it do? Give either --scope-map MAP or --repository PATTERN ACTION");
    }
    plan.token.scope_maps = arguments.list(kScopeMapFlag);
    if (arguments.has(kRepositoryFlag)) {
        plan.scope_map.emplace();
        plan.scope_map->name = plan.token.name + "-scope-map";
        plan.scope_map->description = "Of token " + plan.token.name;
        BERTH_TRY(plan.scope_map->rules, parse_rules(arguments, kRepositoryFlag));
        BERTH_TRY_VOID(auth::check_identity_name(plan.scope_map->name));
        plan.token.scope_maps = {plan.scope_map->name};
    }
    return plan;
}

bool say_the_same(std::vector<oci::Rule> some, std::vector<oci::Rule> others) {
    const auto order = [](std::vector<oci::Rule>& rules) {
        std::ranges::sort(rules, {}, &oci::Rule::pattern);
    };
    order(some);
    order(others);
    return std::ranges::equal(some, others, [](const oci::Rule& one, const oci::Rule& other) {
        return one.pattern == other.pattern && one.actions == other.actions;
    });
}

/// Makes the map, or takes over one that an earlier token of this name left and that says the same,
/// as az does. True when it was made.
Result<bool> provide_scope_map(db::Session& session, const meta::ScopeMapRow& wanted,
                               Timestamp now) {
    BERTH_TRY(const std::optional<meta::ScopeMapRow> found,
              meta::find_scope_map(session, wanted.name));
    if (found && say_the_same(found->rules, wanted.rules)) {
        return false;
    }
    if (found) {
        return fail(Errc::conflict, "there is a scope map '" + wanted.name +
                                        "' already, with other rules: give --scope-map, or "
                                        "change or delete that one");
    }
    BERTH_TRY_VOID(auth::add_scope_map(session, wanted, now));
    return true;
}

Result<std::string> create(const Invocation& given) {
    BERTH_TRY(Plan plan, plan_rights(given));
    BERTH_TRY(const int passwords, password_count(given));
    BERTH_TRY(Management management, Management::open(given));
    BERTH_TRY(plan.token.expires_at, expiry_of(given, management.now()));
    for (int slot = 1; slot <= passwords; ++slot) {
        BERTH_TRY(NewPassword made, random_password(slot, std::nullopt, management.now()));
        plan.token.passwords.at(static_cast<std::size_t>(slot - 1)) = std::move(made.row);
        std::ranges::move(made.fresh, std::back_inserter(plan.fresh));
    }
    bool is_map_made = false;
    const auto make = [&](db::Session& session) -> Result<void> {
        if (plan.scope_map) {
            BERTH_TRY(is_map_made, provide_scope_map(session, *plan.scope_map, management.now()));
        }
        return auth::add_account(session, plan.token, management.now());
    };
    BERTH_TRY_VOID(management.change("token create", plan.token.name, make));
    std::string text = "token '" + plan.token.name + "' created\n";
    if (is_map_made) {
        management.record("scope-map create", plan.scope_map->name);
        text += "scope map '" + plan.scope_map->name + "' created\n";
    }
    text += fresh_passwords_text(plan.fresh);
    return account_answer(management, given, auth::Family::tokens, plan.token.name, text,
                          plan.fresh);
}

}  // namespace

std::vector<Command> token_commands() {
    using Values = Parameter::Values;
    std::vector<Command> all = {
        group("token", "Accounts that may do what their scope maps say, and nothing else",
              "Changes hold at once, also in a running server. Passwords are shown once."),
        Command("token create", "Make a token", Command::Takes::catalog,
                {Parameter("NAME", "", "1 to 64 letters, digits, '.', '_' and '-'").as_required(),
                 scope_map_flag("What it may do; see berth scope-map"),
                 Parameter(kRepositoryFlag, "PATTERN ACTION",
                           "Or a scope map NAME-scope-map is made of this", Values::many),
                 expires_flag("End of the token [never]"),
                 Parameter("--passwords", "1|2|none", "How many passwords are made [2]")},
                create),
    };
    std::ranges::move(shared_account_commands(auth::Family::tokens), std::back_inserter(all));
    return all;
}

}  // namespace berth::app
