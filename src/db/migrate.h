// SPDX-License-Identifier: Apache-2.0
//
// Forward-only, numbered, checksummed schema migrations, applied in one transaction at start.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace berth::db {

struct Migration {
    std::int64_t version = 0;  // 1, 2, 3 ... without gaps
    std::string_view name;
    std::string_view sql;  // several statements separated by `;` at line ends
};

/// Runs all statements of a migration on the connection of the session; the engine's business.
using RunScript = std::function<Result<void>(std::string_view script)>;

/// Applies what `session` lacks, inside the write transaction the caller holds and rolls back on an
/// error. Keeps one row per applied migration in `schema_version`. Errors: unsupported when the
/// database is newer than the last migration, corrupt when an applied migration's text has changed,
/// else those of the session.
Result<void> apply_migrations(Session& session, const RunScript& run_script,
                              std::span<const Migration> migrations, Timestamp now);

/// Whether nothing is lacking; changes nothing. Errors: as above.
Result<bool> is_migrated(Session& session, std::span<const Migration> migrations);

}  // namespace berth::db
