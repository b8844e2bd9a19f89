// SPDX-License-Identifier: Apache-2.0
//
// Whether what is pushed can be kept right now: a disk that is full or read-only, or one that does
// not do what it is told, makes the server one that only reads. Nothing is refused because of what
// is known here; each write is tried and fails by itself. This is for those who watch: the log (a
// line per change), /readyz and the metrics.
//
// What a failed write, or a look at the file system, makes doubtful is found out by writing a
// little (probe): a row to the catalog and a file of 1 MiB beside it, both to the disk. While that
// fails it is tried again each second, so a disk that works again is noticed without a push. While
// nothing is wrong nothing is written.
#pragma once

#include "api/pipeline.h"
#include "db/sql.h"
#include "io/blocking.h"
#include "io/file.h"
#include "io/loop.h"
#include "io/task.h"
#include "telemetry/log.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>

namespace berth::app {

class StoreHealth final : public api::WriteObserver {
  public:
    /// What a push of ordinary size needs; less than this free counts as a full disk.
    static constexpr std::uint64_t kProbeBytes = 1 * kMiB;

    struct Disk {
        std::uint64_t total_bytes = 0;
        std::uint64_t free_bytes = 0;  // for this process
        std::uint64_t free_files = 0;
        bool read_only = false;
    };

    struct Snapshot {
        /// Why each cannot be written; nullopt: it can, as far as is known.
        std::optional<Errc> catalog;
        std::optional<Errc> objects;
        std::uint64_t times_degraded = 0;
        std::uint64_t probes = 0;
        Disk disk;

        bool writable() const { return !catalog && !objects; }
    };

    struct Parts {
        db::Database& database;
        io::FileSystem& files;
        io::BlockingPool& pool;
        telemetry::Logger& log;
        std::filesystem::path data;
    };

    /// References must outlive the object.
    explicit StoreHealth(Parts parts);

    void write_failed(const Error& error) override;

    /// Looks and probes until `loop` drains; spawn it on that loop.
    io::Task<void> watch(io::Loop& loop, std::chrono::milliseconds between = kBetweenLooks);
    /// Once: looks at the file system, and probes when something is doubtful.
    io::Task<void> look();

    /// Any thread.
    Snapshot snapshot() const;

  private:
    static constexpr std::chrono::milliseconds kBetweenLooks{1000};

    io::Task<void> probe();
    io::Task<Result<void>> probe_catalog();
    io::Task<Result<void>> probe_objects();
    Result<void> probe_objects_now();
    void settle(const Result<void>& catalog, const Result<void>& objects);
    void tell(std::string_view place, const std::optional<Errc>& before,
              const Result<void>& outcome);

    const Parts parts_;
    std::atomic<bool> doubtful_ = false;
    mutable std::mutex mutex_;
    Snapshot snapshot_;  // guarded by mutex_
};

/// What the file system of `path` says of itself. Blocks.
Result<StoreHealth::Disk> look_at_disk(const std::filesystem::path& path);

}  // namespace berth::app
