// SPDX-License-Identifier: Apache-2.0
#include "app/command_user.h"

#include "app/account_commands.h"
#include "app/password_source.h"
#include "app/user_import.h"
#include "base/try.h"

#include <algorithm>
#include <iterator>

namespace berth::app {
namespace {

Result<std::string> create(const Invocation& given) {
    const Arguments& arguments = given.arguments;
    const bool admin = arguments.has("--admin");
    if (admin && arguments.has(kScopeMapFlag)) {
        return fail(Errc::bad_request, "an admin may do everything: give --admin or --scope-map");
    }
    meta::AccountRow account;
    account.name = arguments.text("NAME");
    account.kind = admin ? meta::AccountKind::admin : meta::AccountKind::user;
    account.scope_maps = arguments.list(kScopeMapFlag);
    BERTH_TRY_VOID(auth::check_identity_name(account.name));
    BERTH_TRY(Management management, Management::open(given));
    BERTH_TRY(account.expires_at, expiry_of(given, management.now()));
    BERTH_TRY(const NewPassword password,
              new_password(arguments, 1, std::nullopt, management.now()));
    account.passwords.front() = password.row;
    BERTH_TRY_VOID(management.change("user create", account.name, [&](db::Session& session) {
        return auth::add_account(session, account, management.now());
    }));
    std::string text = kind_word(account.kind) + " '" + account.name + "' created\n" +
                       fresh_passwords_text(password.fresh);
    if (!admin && account.scope_maps.empty()) {
        text += "It may do nothing yet: berth user update " + account.name + " --scope-map MAP\n";
    }
    return account_answer(management, given, auth::Family::users, account.name, text,
                          password.fresh);
}

}  // namespace

std::vector<Command> user_commands() {
    using Values = Parameter::Values;
    std::vector<Command> all = {
        group("user", "Accounts of people and services",
              "Changes hold at once, also in a running server. Passwords are shown once."),
        Command("user create", "Make a user, or an admin", Command::Takes::catalog,
                {Parameter("NAME", "", "1 to 64 letters, digits, '.', '_' and '-'").as_required(),
                 toggle("--admin", "It may do everything"),
                 scope_map_flag("What it may do; see berth scope-map"),
                 expires_flag("End of the account [never]"), password_stdin_flag()},
                create),
    };
    std::ranges::move(shared_account_commands(auth::Family::users), std::back_inserter(all));
    all.emplace_back(
        "user import", "Make users from a file of htpasswd", Command::Takes::catalog,
        std::vector<Parameter>{Parameter("FILE", "",
                                         "NAME:HASH a line: bcrypt, yescrypt, sha512crypt or "
                                         "sha256crypt")
                                   .as_required(),
                               Parameter(kScopeMapFlag, "MAP", "What they may do", Values::many),
                               toggle("--replace", "Set password 1 of users that exist"),
                               toggle("--skip-bad", "Leave out lines that cannot be taken")},
        import_users);
    return all;
}

}  // namespace berth::app
