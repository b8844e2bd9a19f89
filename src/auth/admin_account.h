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

/// When there is no account yet: creates `admin`, writes the password to `password_file` (0600,
/// synced before the account is committed) and answers it, to be shown once. nullopt when accounts
/// exist. Start-up only: blocks.
Result<std::optional<std::string>> ensure_admin(db::SqliteDatabase& database,
                                                const std::filesystem::path& password_file);

}  // namespace berth::auth
