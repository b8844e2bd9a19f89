// SPDX-License-Identifier: Apache-2.0
//
// Accounts and their password hashes (crypt(3) strings). Never holds a password.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"

#include <optional>
#include <string>

namespace berth::meta {

struct AccountRow {
    AccountRow() = default;
    std::string name;
    std::string password_hash;
    bool enabled = true;
    /// When the account was made; put_account() keeps that of an account that is there.
    Timestamp created_at;
};

Result<std::optional<AccountRow>> find_account(db::Session& session, const std::string& name);
/// Inserts or replaces hash and state.
Result<void> put_account(db::Session& session, const AccountRow& account, Timestamp now);
Result<std::int64_t> count_accounts(db::Session& session);

}  // namespace berth::meta
