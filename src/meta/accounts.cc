// SPDX-License-Identifier: Apache-2.0
#include "meta/accounts.h"

#include "base/try.h"

namespace berth::meta {

namespace {

constexpr db::Sql kFind("SELECT password_hash, enabled, created_at FROM accounts WHERE name = $1");
constexpr db::Sql kPut(
    "INSERT INTO accounts (name, password_hash, enabled, created_at, updated_at)"
    " VALUES ($1, $2, $3, $4, $4) ON CONFLICT (name) DO UPDATE SET"
    " password_hash = excluded.password_hash, enabled = excluded.enabled,"
    " updated_at = excluded.updated_at");
constexpr db::Sql kCount("SELECT count(*) FROM accounts");

}  // namespace

Result<std::optional<AccountRow>> find_account(db::Session& session, const std::string& name) {
    std::optional<AccountRow> found;
    BERTH_TRY_VOID(session.query(kFind, {name}, [&found, &name](const db::Row& row) {
        found.emplace();
        found->name = name;
        found->password_hash = row.text(0);
        found->enabled = row.integer(1) != 0;
        found->created_at = Timestamp{row.integer(2)};
        return false;
    }));
    return found;
}

Result<void> put_account(db::Session& session, const AccountRow& account, Timestamp now) {
    const std::int64_t enabled = account.enabled ? 1 : 0;
    BERTH_TRY_VOID(
        session.execute(kPut, {account.name, account.password_hash, enabled, now.ticks}));
    return {};
}

Result<std::int64_t> count_accounts(db::Session& session) {
    std::int64_t count = 0;
    BERTH_TRY_VOID(session.query(kCount, {}, [&count](const db::Row& row) {
        count = row.integer(0);
        return false;
    }));
    return count;
}

}  // namespace berth::meta
