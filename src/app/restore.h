// SPDX-License-Identifier: Apache-2.0
//
// The way back from a backup: a new data directory of it, and the check that it is whole. What is
// wrong with single objects does not stop either: a restored registry without one is worth more
// than none, and a push brings it again. Blocks.
#pragma once

#include "app/backup_record.h"
#include "app/object_carrier.h"
#include "app/progress.h"
#include "app/verify_report.h"
#include "base/error.h"
#include "db/sqlite_database.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace berth::app {

struct RestoreOutcome {
    BackupRecord record;
    std::uint64_t objects = 0;
    std::uint64_t bytes = 0;
    std::string method;                // empty: there was nothing to bring
    std::vector<std::string> damaged;  // digests that are unknown in the restored registry
};

struct RestoreOptions {
    bool verify = false;  // hash each object, too
    std::optional<CarryMethod> method;
};

/// The record of a complete backup. Errors, with texts for the operator: there is none, or the
/// catalog is not the one it names.
Result<BackupRecord> open_backup(const std::filesystem::path& directory);

/// Makes the data directory `target`, which is absent or empty. Errc::conflict when it is not.
Result<RestoreOutcome> restore(const std::filesystem::path& directory,
                               const std::filesystem::path& target, RestoreOptions options,
                               Progress& progress);

/// Compares sizes, and unless `quick` hashes, of everything that the backup names.
Result<void> check_backup(const std::filesystem::path& directory, bool quick, VerifyReport& report,
                          Progress& progress);

}  // namespace berth::app
