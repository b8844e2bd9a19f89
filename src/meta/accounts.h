// SPDX-License-Identifier: Apache-2.0
//
// Accounts, their password hashes (crypt(3) strings) and the scope maps they have. Never holds a
// password. Every change raises the access generation in the caller's transaction.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace berth::meta {

enum class AccountKind : std::uint8_t { admin = 1, user = 2, token = 3 };

struct PasswordRow {
    PasswordRow() = default;
    std::string hash;
    Timestamp created_at;
    std::optional<Timestamp> expires_at;
};

/// Slots 1 and 2, at [0] and [1].
using Passwords = std::array<std::optional<PasswordRow>, 2>;

struct AccountRow {
    AccountRow() = default;
    std::string name;
    AccountKind kind = AccountKind::admin;
    bool enabled = true;
    /// What tokens of this account carry; made by the catalog.
    std::int64_t epoch = 0;
    std::optional<Timestamp> expires_at;
    Timestamp created_at;
    Passwords passwords;
    std::vector<std::string> scope_maps;  // in bytewise order
};

Result<std::optional<AccountRow>> find_account(db::Session& session, const std::string& name);
/// All accounts in bytewise order of their names.
Result<std::vector<AccountRow>> list_accounts(db::Session& session);
Result<std::int64_t> count_accounts(db::Session& session);

/// Makes an account with what `account` says but its epoch and created_at. Errc::conflict when the
/// name is taken, bad_request for a scope map that does not exist.
Result<void> create_account(db::Session& session, const AccountRow& account, Timestamp now);
/// Writes enabled, expires_at and scope_maps of an account that exists. Errc::bad_request for a
/// scope map that does not exist.
Result<void> change_account(db::Session& session, const AccountRow& account, Timestamp now);
/// Sets or, with nullopt, removes the password in `slot` (1 or 2).
Result<void> put_password(db::Session& session, const std::string& account, int slot,
                          const std::optional<PasswordRow>& password);
/// A new epoch: the account's tokens end.
Result<void> end_tokens(db::Session& session, const std::string& account);
/// The account with its passwords. False when there is none.
Result<bool> delete_account(db::Session& session, const std::string& name);

}  // namespace berth::meta
