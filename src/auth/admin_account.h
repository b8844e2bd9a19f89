// SPDX-License-Identifier: Apache-2.0
//
// The first account. Made at first start with a random password: never a default one.
#pragma once

#include "base/error.h"
#include "db/sqlite_database.h"

#include <filesystem>
#include <optional>
#include <string>

namespace berth::auth {

inline constexpr const char* kAdminName = "admin";

/// When there is no account yet: a password for `admin`, written to `password_file` (0600, synced).
/// nullopt when accounts exist. Start-up only: blocks.
Result<std::optional<std::string>> prepare_admin(db::SqliteDatabase& database,
                                                 const std::filesystem::path& password_file);

/// Creates `admin` with that password, to be shown once. Hashing it takes longer than all else of a
/// start. In this order a crash in between leaves a password without an account, which the next
/// start replaces; the other one would leave an account whose password nobody knows. Blocks.
Result<void> create_admin(db::SqliteDatabase& database, const std::string& password);

}  // namespace berth::auth
