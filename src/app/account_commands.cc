// SPDX-License-Identifier: Apache-2.0
#include "app/account_commands.h"

#include "app/expiry.h"
#include "app/password_source.h"
#include "auth/admin_account.h"
#include "base/try.h"

#include <utility>

namespace berth::app {
namespace {

using Values = Parameter::Values;

struct Shown {
    meta::AccountRow account;
    oci::Rules rules;
};

Result<Shown> look(db::Session& session, auth::Family family, const std::string& name) {
    Shown shown;
    BERTH_TRY(shown.account, auth::get_account(session, family, name));
    for (const std::string& scope_map : shown.account.scope_maps) {
        BERTH_TRY_VOID(meta::read_rules(session, scope_map, shown.rules));
    }
    return shown;
}

Result<int> slot_of(const Invocation& given) {
    const std::string text = given.arguments.text("--slot");
    if (text.empty() || text == "1") {
        return 1;
    }
    if (text == "2") {
        return 2;
    }
    return fail(Errc::bad_request, "--slot: expected 1 or 2, got '" + text + "'");
}

// The commands of one family; copied into each of them.
class AccountCommands {
  public:
    explicit AccountCommands(auth::Family family)
        : family_(family), word_(family == auth::Family::tokens ? "token" : "user") {}

    std::vector<Command> all() const {
        return {
            command("list", "List " + word_ + "s", {}, &AccountCommands::list),
            named("show", "Show one, with its rules", {}, &AccountCommands::show),
            named("update", "Change scope maps or end", update_flags(), &AccountCommands::update),
            named("password", "Set or remove a password", password_flags(),
                  &AccountCommands::password),
            named("enable", "Let it sign in again", {}, &AccountCommands::enable),
            named("disable", "Refuse it from now on; ends its tokens", {},
                  &AccountCommands::disable),
            named("sign-out", "End its tokens; its passwords stay", {}, &AccountCommands::sign_out),
            named("delete", "Remove it with its passwords; ends its tokens", {},
                  &AccountCommands::remove),
        };
    }

  private:
    using Method = Result<std::string> (AccountCommands::*)(Management&, const Invocation&) const;

    Command command(const std::string& verb, std::string about, std::vector<Parameter> parameters,
                    Method method) const {
        const Run run = [self = *this, method](const Invocation& given) -> Result<std::string> {
            BERTH_TRY(Management management, Management::open(given));
            return (self.*method)(management, given);
        };
        return {word_ + " " + verb, std::move(about), Command::Takes::catalog,
                std::move(parameters), run};
    }

    Command named(const std::string& verb, std::string about, std::vector<Parameter> flags,
                  Method method) const {
        flags.insert(flags.begin(), Parameter("NAME", "", "The " + word_).as_required());
        return command(verb, std::move(about), std::move(flags), method);
    }

    static std::vector<Parameter> update_flags() {
        return {scope_map_flag("Instead of those it has"),
                toggle("--no-scope-map", "Take all scope maps away"),
                expires_flag("End of the account")};
    }

    static std::vector<Parameter> password_flags() {
        return {Parameter("--slot", "1|2", "Which of its two passwords [1]"),
                expires_flag("End of the password [never]"), password_stdin_flag(),
                toggle("--remove", "Remove the password instead of setting one")};
    }

    static std::string name_of(const Invocation& given) { return given.arguments.text("NAME"); }

    std::string quoted(const std::string& name) const { return word_ + " '" + name + "'"; }

    Result<std::string> list(Management& management, const Invocation& given) const {
        BERTH_TRY(const std::vector<meta::AccountRow> accounts,
                  management.read([this](db::Session& session) {
                      return auth::accounts_of(session, family_);
                  }));
        if (given.output == OutputFormat::text) {
            return accounts_text(accounts, management.now());
        }
        std::vector<std::string> items;
        items.reserve(accounts.size());
        for (const meta::AccountRow& account : accounts) {
            items.push_back(account_json(account, management.now()));
        }
        return json_array(items);
    }

    Result<std::string> show(Management& management, const Invocation& given) const {
        const std::string name = name_of(given);
        BERTH_TRY(const Shown shown, management.read([this, &name](db::Session& session) {
            return look(session, family_, name);
        }));
        return answer(given, account_json(shown.account, management.now(), {}, &shown.rules),
                      account_text(shown.account, management.now(), shown.rules));
    }

    Result<std::string> update(Management& management, const Invocation& given) const {
        const std::string name = name_of(given);
        auth::AccountChange change;
        if (given.arguments.has(kExpiresFlag)) {
            BERTH_TRY(change.expires_at, expiry_of(given, management.now()));
        }
        const bool none = given.arguments.has("--no-scope-map");
        if (none && given.arguments.has(kScopeMapFlag)) {
            return fail(Errc::bad_request, "give either --scope-map or --no-scope-map");
        }
        if (none || given.arguments.has(kScopeMapFlag)) {
            change.scope_maps = given.arguments.list(kScopeMapFlag);
        }
        if (!change.expires_at && !change.scope_maps) {
            return fail(Errc::bad_request,
                        "nothing to change: give --scope-map, --no-scope-map or --expires");
        }
        BERTH_TRY_VOID(management.change(word_ + " update", name, [&](db::Session& session) {
            return auth::change_account(session, family_, name, change, management.now());
        }));
        return account_answer(management, given, family_, name, quoted(name) + " changed\n");
    }

    Result<std::string> password(Management& management, const Invocation& given) const {
        const std::string name = name_of(given);
        BERTH_TRY(const int slot, slot_of(given));
        BERTH_TRY(const std::optional<Timestamp> end, expiry_of(given, management.now()));
        const bool remove = given.arguments.has("--remove");
        if (remove &&
            (given.arguments.has(kExpiresFlag) || given.arguments.has(kPasswordStdinFlag))) {
            return fail(Errc::bad_request, "--remove sets no password: give it alone");
        }
        BERTH_TRY_VOID(management.read(
            [&](db::Session& session) { return auth::get_account(session, family_, name); }));
        NewPassword made;
        if (!remove) {
            BERTH_TRY(made, new_password(given.arguments, slot, end, management.now()));
        }
        const auto row = remove ? std::nullopt : std::optional(made.row);
        BERTH_TRY_VOID(management.change(
            word_ + (remove ? " password remove" : " password"), name, [&](db::Session& session) {
                return auth::change_password(session, family_, name, slot, row);
            }));
        std::string text = "password " + std::to_string(slot) + " of " + quoted(name) +
                           (remove ? " removed\n" : " changed\n") +
                           fresh_passwords_text(made.fresh) +
                           "Tokens that are out stay good until they end: berth " + word_ +
                           " sign-out " + name + " ends them.\n";
        if (name == auth::kAdminName && slot == 1) {
            if (const auto file = management.remove_first_password()) {
                text += "Removed " + file->string() + ", which held the old password.\n";
            }
        }
        return account_answer(management, given, family_, name, text, made.fresh);
    }

    Result<std::string> enable_or_not(Management& management, const Invocation& given,
                                      bool enabled) const {
        const std::string name = name_of(given);
        const std::string verb = enabled ? "enable" : "disable";
        BERTH_TRY_VOID(management.change(word_ + " " + verb, name, [&](db::Session& session) {
            return auth::enable_account(session, family_, name, enabled, management.now());
        }));
        return account_answer(management, given, family_, name, quoted(name) + " " + verb + "d\n");
    }

    Result<std::string> enable(Management& management, const Invocation& given) const {
        return enable_or_not(management, given, true);
    }

    Result<std::string> disable(Management& management, const Invocation& given) const {
        return enable_or_not(management, given, false);
    }

    Result<std::string> sign_out(Management& management, const Invocation& given) const {
        const std::string name = name_of(given);
        BERTH_TRY_VOID(management.change(word_ + " sign-out", name, [&](db::Session& session) {
            return auth::sign_out(session, family_, name);
        }));
        return account_answer(management, given, family_, name,
                              "tokens of " + quoted(name) + " ended\n");
    }

    Result<std::string> remove(Management& management, const Invocation& given) const {
        const std::string name = name_of(given);
        BERTH_TRY(const Shown before, management.read([&](db::Session& session) {
            return look(session, family_, name);
        }));
        BERTH_TRY_VOID(management.change(word_ + " delete", name, [&](db::Session& session) {
            return auth::remove_account(session, family_, name);
        }));
        return answer(given, account_json(before.account, management.now()),
                      quoted(name) + " deleted\n");
    }

    auth::Family family_;
    std::string word_;
};

}  // namespace

std::vector<Command> shared_account_commands(auth::Family family) {
    return AccountCommands(family).all();
}

Parameter scope_map_flag(std::string about) {
    return {kScopeMapFlag, "MAP", std::move(about), Values::many};
}

Parameter expires_flag(std::string about) {
    return {kExpiresFlag, "30d|12h|TIME|never", std::move(about)};
}

Result<std::optional<Timestamp>> expiry_of(const Invocation& given, Timestamp now) {
    if (!given.arguments.has(kExpiresFlag)) {
        return std::nullopt;
    }
    return parse_expiry(given.arguments.text(kExpiresFlag), now);
}

Result<std::string> account_answer(Management& management, const Invocation& given,
                                   auth::Family family, const std::string& name,
                                   const std::string& text,
                                   const std::vector<FreshPassword>& fresh) {
    if (given.output == OutputFormat::text) {
        return text;
    }
    BERTH_TRY(const meta::AccountRow account, management.read([&](db::Session& session) {
        return auth::get_account(session, family, name);
    }));
    return account_json(account, management.now(), fresh) + "\n";
}

}  // namespace berth::app
