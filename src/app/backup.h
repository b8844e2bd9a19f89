// SPDX-License-Identifier: Apache-2.0
//
// `berth backup`: a copy of a data directory that a server may be using meanwhile. First the
// catalog as of one instant, then every object that this copy names. Garbage collection is asked to
// remove no bytes meanwhile; an object that went all the same makes it take a newer instant, and
// bring only what is still lacking. The record comes
// last, so that a backup is the old one whole or the new one whole, whenever the power fails.
// docs/backup.md. Blocks.
#pragma once

#include "app/backup_record.h"
#include "app/management.h"
#include "app/object_carrier.h"
#include "app/progress.h"
#include "base/error.h"
#include "base/random.h"
#include "blob/fs/fs_layout.h"
#include "db/sqlite_database.h"
#include "io/file.h"
#include "meta/stored_blobs.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace berth::app {

struct BackupOutcome {
    BackupRecord record;
    std::uint64_t brought = 0;  // objects that were not there yet
    std::uint64_t brought_bytes = 0;
    std::uint64_t kept = 0;            // objects that were
    std::uint64_t removed = 0;         // objects that this backup does not name any more
    std::uint32_t instants = 0;        // copies of the catalog it took
    std::string method;                // how objects were brought; empty: none was
    std::vector<std::string> damaged;  // digests whose objects the data directory has lost
};

class Backup {
  public:
    /// References must outlive the object.
    Backup(Management& management, std::filesystem::path data, std::filesystem::path target,
           std::optional<CarryMethod> method, Progress& progress);

    /// Errors: conflict when another backup is being made there, or it is no place for one.
    Result<BackupOutcome> run();

  private:
    Result<void> prepare_target();
    Result<void> drop_leftovers(const std::string& current);
    Result<bool> attempt();
    Result<void> hold_bytes();
    Result<void> release_bytes();
    Result<void> keep_bytes_for(std::int64_t seconds);
    Result<void> take_catalog();
    Result<bool> bring_objects(db::SqliteDatabase& copy);
    Result<void> bring(const meta::BlobRecord& blob);
    Result<void> judge_loss(const meta::BlobRecord& blob);
    Result<void> mark_damaged(db::SqliteDatabase& copy);
    Result<void> complete();
    Result<void> find_unnamed(db::SqliteDatabase& copy);
    Result<void> find_unnamed_of(db::SqliteDatabase& copy, const std::filesystem::path& shard,
                                 const std::string& prefix);
    Result<void> remove_unnamed();

    Management& management_;
    const std::filesystem::path data_;
    const std::filesystem::path target_;
    Progress& progress_;
    std::unique_ptr<io::FileSystem> files_;
    ObjectCarrier carrier_;
    const blob::FsLayout from_;
    const blob::FsLayout to_;
    io::FileHandle lock_;
    const std::string holder_ = make_uuid();  // of the bytes; another backup may be running
    BackupOutcome outcome_;
    std::atomic<bool> vanished_{false};
    std::mutex mutex_;                                 // of management_ and what follows
    std::chrono::steady_clock::time_point hold_ends_;  // when to ask again
    std::vector<meta::BlobRecord> damaged_;
    std::vector<std::filesystem::path> unnamed_;  // what this backup does not name
};

}  // namespace berth::app
