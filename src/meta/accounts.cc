// SPDX-License-Identifier: Apache-2.0
#include "meta/accounts.h"

#include "base/try.h"
#include "meta/access_generation.h"
#include "meta/scope_maps.h"

namespace berth::meta {

namespace {

constexpr db::Sql kFind(
    "SELECT name, kind, enabled, epoch, expires_at, created_at FROM accounts WHERE name = $1");
constexpr db::Sql kList(
    "SELECT name, kind, enabled, epoch, expires_at, created_at FROM accounts ORDER BY name");
constexpr db::Sql kCount("SELECT count(*) FROM accounts");
constexpr db::Sql kPasswords(
    "SELECT slot, hash, created_at, expires_at FROM passwords WHERE account = $1");
constexpr db::Sql kScopeMaps(
    "SELECT scope_map FROM account_scope_maps WHERE account = $1 ORDER BY scope_map");
constexpr db::Sql kCreate(
    "INSERT INTO accounts (name, kind, enabled, epoch, expires_at, created_at, updated_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (name) DO NOTHING");
constexpr db::Sql kChange(
    "UPDATE accounts SET enabled = $2, expires_at = $3, updated_at = $4 WHERE name = $1");
constexpr db::Sql kDropScopeMaps("DELETE FROM account_scope_maps WHERE account = $1");
constexpr db::Sql kAddScopeMap(
    "INSERT INTO account_scope_maps (account, scope_map) VALUES ($1, $2)"
    " ON CONFLICT (account, scope_map) DO NOTHING");
constexpr db::Sql kDropPassword("DELETE FROM passwords WHERE account = $1 AND slot = $2");
constexpr db::Sql kAddPassword(
    "INSERT INTO passwords (account, slot, hash, created_at, expires_at)"
    " VALUES ($1, $2, $3, $4, $5)");
constexpr db::Sql kSetEpoch("UPDATE accounts SET epoch = $2 WHERE name = $1");
constexpr db::Sql kDropPasswords("DELETE FROM passwords WHERE account = $1");
constexpr db::Sql kDelete("DELETE FROM accounts WHERE name = $1");

std::optional<Timestamp> time_of(const db::Row& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(Timestamp{row.integer(column)});
}

db::Value value_of(const std::optional<Timestamp>& time) {
    return time ? db::Value(time->ticks) : db::Value();
}

AccountRow account_of(const db::Row& row) {
    AccountRow account;
    account.name = row.text(0);
    account.kind = static_cast<AccountKind>(row.integer(1));
    account.enabled = row.integer(2) != 0;
    account.epoch = row.integer(3);
    account.expires_at = time_of(row, 4);
    account.created_at = Timestamp{row.integer(5)};
    return account;
}

Result<void> complete(db::Session& session, AccountRow& account) {
    BERTH_TRY_VOID(session.query(kPasswords, {account.name}, [&account](const db::Row& row) {
        PasswordRow password;
        password.hash = row.text(1);
        password.created_at = Timestamp{row.integer(2)};
        password.expires_at = time_of(row, 3);
        account.passwords.at(static_cast<std::size_t>(row.integer(0) - 1)) = std::move(password);
        return true;
    }));
    return session.query(kScopeMaps, {account.name}, [&account](const db::Row& row) {
        account.scope_maps.emplace_back(row.text(0));
        return true;
    });
}

Result<void> put_scope_maps(db::Session& session, const AccountRow& account) {
    BERTH_TRY_VOID(session.execute(kDropScopeMaps, {account.name}));
    for (const std::string& scope_map : account.scope_maps) {
        BERTH_TRY(const std::optional<ScopeMapRow> found, find_scope_map(session, scope_map));
        if (!found) {
            return fail(Errc::bad_request, "there is no scope map '" + scope_map + "'");
        }
        BERTH_TRY_VOID(session.execute(kAddScopeMap, {account.name, scope_map}));
    }
    return {};
}

}  // namespace

Result<std::optional<AccountRow>> find_account(db::Session& session, const std::string& name) {
    std::optional<AccountRow> found;
    BERTH_TRY_VOID(session.query(kFind, {name}, [&found](const db::Row& row) {
        found = account_of(row);
        return false;
    }));
    if (found) {
        BERTH_TRY_VOID(complete(session, *found));
    }
    return found;
}

Result<std::vector<AccountRow>> list_accounts(db::Session& session) {
    std::vector<AccountRow> accounts;
    BERTH_TRY_VOID(session.query(kList, {}, [&accounts](const db::Row& row) {
        accounts.push_back(account_of(row));
        return true;
    }));
    for (AccountRow& account : accounts) {
        BERTH_TRY_VOID(complete(session, account));
    }
    return accounts;
}

Result<std::int64_t> count_accounts(db::Session& session) {
    std::int64_t count = 0;
    BERTH_TRY_VOID(session.query(kCount, {}, [&count](const db::Row& row) {
        count = row.integer(0);
        return false;
    }));
    return count;
}

Result<void> create_account(db::Session& session, const AccountRow& account, Timestamp now) {
    BERTH_TRY(const std::int64_t epoch, raise_access_generation(session));
    const std::int64_t enabled = account.enabled ? 1 : 0;
    BERTH_TRY(const std::int64_t made,
              session.execute(kCreate, {account.name, static_cast<std::int64_t>(account.kind),
                                        enabled, epoch, value_of(account.expires_at), now.ticks}));
    if (made == 0) {
        return fail(Errc::conflict, "there is an account '" + account.name + "' already");
    }
    for (std::size_t i = 0; i < account.passwords.size(); ++i) {
        if (account.passwords.at(i)) {
            BERTH_TRY_VOID(put_password(session, account.name, static_cast<int>(i) + 1,
                                        account.passwords.at(i)));
        }
    }
    return put_scope_maps(session, account);
}

Result<void> change_account(db::Session& session, const AccountRow& account, Timestamp now) {
    BERTH_TRY_VOID(raise_access_generation(session));
    const std::int64_t enabled = account.enabled ? 1 : 0;
    BERTH_TRY_VOID(
        session.execute(kChange, {account.name, enabled, value_of(account.expires_at), now.ticks}));
    return put_scope_maps(session, account);
}

Result<void> put_password(db::Session& session, const std::string& account, int slot,
                          const std::optional<PasswordRow>& password) {
    BERTH_TRY_VOID(raise_access_generation(session));
    const std::int64_t place = slot;
    BERTH_TRY_VOID(session.execute(kDropPassword, {account, place}));
    if (password) {
        BERTH_TRY_VOID(session.execute(kAddPassword,
                                       {account, place, password->hash, password->created_at.ticks,
                                        value_of(password->expires_at)}));
    }
    return {};
}

Result<void> end_tokens(db::Session& session, const std::string& account) {
    BERTH_TRY(const std::int64_t epoch, raise_access_generation(session));
    BERTH_TRY_VOID(session.execute(kSetEpoch, {account, epoch}));
    return {};
}

Result<bool> delete_account(db::Session& session, const std::string& name) {
    BERTH_TRY_VOID(raise_access_generation(session));
    BERTH_TRY_VOID(session.execute(kDropPasswords, {name}));
    BERTH_TRY_VOID(session.execute(kDropScopeMaps, {name}));
    BERTH_TRY(const std::int64_t gone, session.execute(kDelete, {name}));
    return gone > 0;
}

}  // namespace berth::meta
