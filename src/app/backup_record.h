// SPDX-License-Identifier: Apache-2.0
//
// What makes a directory a backup: `backup.json`, written last. It names the copy of the catalog
// and its hash; that names the objects. A directory without it holds no backup, however much else
// is there. docs/backup.md draws it.
//
//   DIR/
//     backup.json              this record
//     catalog.<ticks>.db       the catalog as of one instant
//     blobs/                   objects, named as in a data directory
//     backup.lock              locked while a backup is made
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "io/file.h"
#include "meta/backup_copy.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace berth::app {

/// Locked by who makes a backup in the directory, shared by those who read it.
inline constexpr const char* kBackupLockName = "backup.lock";

struct BackupRecord {
    std::string program;  // the version that made it
    Timestamp began_at;
    Timestamp completed_at;
    std::string catalog;  // name of the file
    std::uint64_t catalog_bytes = 0;
    std::string catalog_digest;
    meta::CatalogTotals totals;
    std::uint64_t damaged = 0;  // objects that the source had lost
};

std::string json_of(const BackupRecord& record);
Result<BackupRecord> parse_backup_record(const std::string& json);

/// nullopt when there is none: the directory holds no complete backup.
Result<std::optional<BackupRecord>> read_backup_record(const std::filesystem::path& directory);
/// Replaces the record in one step that is durable when this returns.
Result<void> write_backup_record(const std::filesystem::path& directory,
                                 const BackupRecord& record);

/// The hash of a whole file.
Result<std::string> digest_of_file(io::FileSystem& files, const std::filesystem::path& path);

}  // namespace berth::app
