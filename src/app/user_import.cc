// SPDX-License-Identifier: Apache-2.0
#include "app/user_import.h"

#include "app/account_commands.h"
#include "auth/htpasswd.h"
#include "base/try.h"

#include <boost/json.hpp>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace berth::app {
namespace {

// Lines of complaints that are printed; more are counted.
constexpr std::size_t kProblemsShown = 20;

struct Imported {
    std::vector<std::string> created;
    std::vector<std::string> replaced;
    std::vector<auth::HtpasswdEntry> skipped;
};

Result<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return fail(Errc::io_error, path + ": " + std::strerror(errno));
    }
    std::string text(auth::kHtpasswdBytesMax + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad()) {
        return fail(Errc::io_error, path + ": cannot be read");
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > auth::kHtpasswdBytesMax) {
        return fail(Errc::io_error, path + ": more than 16 MiB");
    }
    return text;
}

// What the catalog says about a name that is there already; empty when the line can be taken.
std::string problem_of(const std::optional<meta::AccountRow>& known, bool replace) {
    if (!known) {
        return {};
    }
    if (known->kind != meta::AccountKind::user) {
        return "there is the " + kind_word(known->kind) + " '" + known->name + "' already";
    }
    return replace ? std::string() : "there is a user '" + known->name + "' already: --replace";
}

class Import {
  public:
    Import(const Invocation& given, Timestamp now) : given_(given), now_(now) {}

    /// In one transaction: what a bad line is may depend on the catalog.
    Result<Imported> run(db::Session& session, const std::vector<auth::HtpasswdEntry>& entries) {
        Imported imported;
        for (const auth::HtpasswdEntry& entry : entries) {
            BERTH_TRY_VOID(take(session, entry, imported));
        }
        if (!imported.skipped.empty() && !given_.arguments.has("--skip-bad")) {
            return fail(Errc::conflict, complaint(imported.skipped));
        }
        return imported;
    }

  private:
    Result<void> take(db::Session& session, auth::HtpasswdEntry entry, Imported& imported) {
        std::optional<meta::AccountRow> known;
        if (entry.problem.empty()) {
            BERTH_TRY(known, meta::find_account(session, entry.name));
            entry.problem = problem_of(known, given_.arguments.has("--replace"));
        }
        if (!entry.problem.empty()) {
            imported.skipped.push_back(std::move(entry));
            return {};
        }
        meta::PasswordRow password;
        password.hash = entry.hash;
        password.created_at = now_;
        if (known) {
            imported.replaced.push_back(entry.name);
            return replace(session, entry.name, password);
        }
        imported.created.push_back(entry.name);
        meta::AccountRow account;
        account.name = entry.name;
        account.kind = meta::AccountKind::user;
        account.scope_maps = given_.arguments.list(kScopeMapFlag);
        account.passwords.front() = std::move(password);
        return auth::add_account(session, account, now_);
    }

    Result<void> replace(db::Session& session, const std::string& name,
                         const meta::PasswordRow& password) {
        if (given_.arguments.has(kScopeMapFlag)) {
            auth::AccountChange change;
            change.scope_maps = given_.arguments.list(kScopeMapFlag);
            BERTH_TRY_VOID(auth::change_account(session, auth::Family::users, name, change, now_));
        }
        return auth::change_password(session, auth::Family::users, name, 1, password);
    }

    std::string complaint(const std::vector<auth::HtpasswdEntry>& bad) const {
        std::string text = "nothing was imported:";
        for (std::size_t i = 0; i < bad.size() && i < kProblemsShown; ++i) {
            text += "\n  " + given_.arguments.text("FILE") + ":" + std::to_string(bad[i].line) +
                    ": " + bad[i].problem;
        }
        if (bad.size() > kProblemsShown) {
            text += "\n  and " + std::to_string(bad.size() - kProblemsShown) + " more";
        }
        return text + "\nwith --skip-bad these lines are left out";
    }

    const Invocation& given_;
    Timestamp now_;
};

std::string json_of(const Imported& imported) {
    boost::json::object json;
    json["created"] = boost::json::value_from(imported.created);
    json["replaced"] = boost::json::value_from(imported.replaced);
    boost::json::array& skipped = json["skipped"].emplace_array();
    for (const auth::HtpasswdEntry& entry : imported.skipped) {
        boost::json::object one;
        one["line"] = entry.line;
        one["reason"] = entry.problem;
        skipped.push_back(std::move(one));
    }
    return boost::json::serialize(json);
}

std::string text_of(const Imported& imported, const std::string& file) {
    std::string text = std::to_string(imported.created.size()) + " users created, " +
                       std::to_string(imported.replaced.size()) + " replaced, " +
                       std::to_string(imported.skipped.size()) + " lines left out\n";
    for (const auth::HtpasswdEntry& entry : imported.skipped) {
        text += "  " + file + ":" + std::to_string(entry.line) + ": " + entry.problem + "\n";
    }
    return text;
}

}  // namespace

Result<std::string> import_users(const Invocation& given) {
    const std::string path = given.arguments.text("FILE");
    BERTH_TRY(const std::string file, read_file(path));
    const std::vector<auth::HtpasswdEntry> entries = auth::parse_htpasswd(file);
    BERTH_TRY(Management management, Management::open(given));
    Import import(given, management.now());
    BERTH_TRY(const Imported imported,
              management.change("user import", path, [&](db::Session& session) {
                  return import.run(session, entries);
              }));
    for (const auto* names : {&imported.created, &imported.replaced}) {
        for (const std::string& name : *names) {
            management.record("user import", name);
        }
    }
    return answer(given, json_of(imported), text_of(imported, path));
}

}  // namespace berth::app
