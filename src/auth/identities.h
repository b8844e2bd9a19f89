// SPDX-License-Identifier: Apache-2.0
//
// The use cases behind `berth user`, `token` and `scope-map`: what an operator may do to accounts
// and scope maps, and what is refused. Each is a part of the caller's transaction, in which the
// access generation rises, so a running server sees it with its next request. Pure SQL: passwords
// are hashed before. Errors: bad_request for what no catalog takes, name_unknown for what is not
// there, conflict for what is there or in use, denied for what is never allowed, else the
// database's; log_detail is for the operator.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "meta/accounts.h"
#include "meta/scope_maps.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::auth {

inline constexpr std::size_t kIdentityNameMax = 64;
inline constexpr std::size_t kScopeMapsPerAccountMax = 100;
inline constexpr std::size_t kRulesPerScopeMapMax = 1000;
inline constexpr std::size_t kDescriptionBytesMax = 1024;

/// 1 to 64 of [A-Za-z0-9._-], the first a letter or a digit, and not the nil GUID. Names that begin
/// with `_` are the registry's own.
Result<void> check_identity_name(std::string_view name);

/// `user` commands know admins and users, `token` commands tokens. One name is one account.
enum class Family : std::uint8_t { users, tokens };

Result<meta::AccountRow> get_account(db::Session& session, Family family, const std::string& name);
/// In bytewise order of their names.
Result<std::vector<meta::AccountRow>> accounts_of(db::Session& session, Family family);

/// An admin has no scope maps.
Result<void> add_account(db::Session& session, const meta::AccountRow& account, Timestamp now);

/// What is absent stays.
struct AccountChange {
    AccountChange() = default;
    std::optional<std::optional<Timestamp>> expires_at;
    std::optional<std::vector<std::string>> scope_maps;
};

Result<void> change_account(db::Session& session, Family family, const std::string& name,
                            const AccountChange& change, Timestamp now);
/// Disabling also ends the account's tokens for good: enabling does not revive them.
Result<void> enable_account(db::Session& session, Family family, const std::string& name,
                            bool enabled, Timestamp now);
/// Ends the tokens that are out.
Result<void> sign_out(db::Session& session, Family family, const std::string& name);
/// `slot` is 1 or 2; nullopt removes the password there.
Result<void> change_password(db::Session& session, Family family, const std::string& name, int slot,
                             const std::optional<meta::PasswordRow>& password);
/// All but the account `admin`.
Result<void> remove_account(db::Session& session, Family family, const std::string& name);

Result<meta::ScopeMapRow> get_scope_map(db::Session& session, const std::string& name);
Result<void> add_scope_map(db::Session& session, const meta::ScopeMapRow& scope_map, Timestamp now);

struct ScopeMapChange {
    ScopeMapChange() = default;
    std::optional<std::string> description;
    /// Actions are added to those of the pattern.
    oci::Rules added;
    /// Actions are taken from those of the pattern, which must have a rule; all with no actions.
    oci::Rules removed;
};

/// First removes, then adds.
Result<void> change_scope_map(db::Session& session, const std::string& name,
                              const ScopeMapChange& change, Timestamp now);
/// Errc::conflict when accounts have it or rules about other issuers' tokens give it, unless
/// `even_if_used`. Such a rule keeps the name: a new map of that name counts for it.
Result<void> remove_scope_map(db::Session& session, const std::string& name, bool even_if_used);

}  // namespace berth::auth
