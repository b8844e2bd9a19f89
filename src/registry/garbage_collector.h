// SPDX-License-Identifier: Apache-2.0
//
// Online garbage collection (docs/garbage_collection.md): one bounded step after the other, each in
// transactions that ask again whatever was found before. Several collectors, also in different
// processes, may work on one data directory beside any number of requests. A cycle drops links that
// no manifest needs, condemns blobs that nothing holds, removes those condemned long enough, and
// removes objects that no row names.
//
// One loop; statistics() from any thread.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "blob/blob_store.h"
#include "db/sql.h"
#include "io/task.h"
#include "meta/garbage.h"
#include "registry/garbage_statistics.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace berth::registry {

struct GarbagePolicy {
    GarbagePolicy() = default;
    /// A link stays this long after it was made or touched.
    std::chrono::milliseconds grace = std::chrono::hours(24);
    /// Bytes stay this long after the last link went.
    std::chrono::milliseconds read_grace = std::chrono::hours(1);
    /// Finds and changes nothing.
    bool dry_run = false;
};

class GarbageCollector {
  public:
    using Report = std::function<void(const GarbageItem&)>;

    /// References must outlive the collector. `report` is told of each finding; may be empty.
    GarbageCollector(db::Database& database, blob::BlobStore& store, GarbagePolicy policy,
                     Report report = nullptr);

    /// One step; the first one after the end of a cycle begins the next. After a failure the next
    /// step goes on with the next kind of work.
    io::Task<Result<void>> step();

    /// False before the first step and when a cycle is over.
    bool in_cycle() const { return phase_ != Phase::begin; }

    GarbageStatistics statistics() const;

  private:
    enum class Phase : std::uint8_t { begin, links, blobs, removals, objects, end };

    struct Changes {
        std::uint64_t links = 0;
        std::vector<GarbageItem> items;
        std::vector<meta::UnheldBlob> condemned;
    };

    struct Scanned {
        meta::LinkScan links;
        Changes forecast;
    };

    io::Task<Result<void>> run_phase();
    io::Task<Result<void>> step_links();
    io::Task<Result<void>> step_blobs();
    io::Task<Result<void>> step_removals();
    io::Task<Result<void>> remove_blobs(const std::vector<meta::UnheldBlob>& leaving);
    io::Task<Result<void>> step_objects();
    io::Task<Result<void>> list_more();
    io::Task<Result<void>> remove_orphans(const std::vector<blob::StoredObject>& suspects);
    io::Task<Result<void>> finish_cycle();
    void begin_cycle();

    Result<Changes> drop_links(db::Session& session, const std::vector<meta::IdleLink>& idle,
                               Timestamp before) const;
    Result<GarbageItem> link_item(db::Session& session, const meta::IdleLink& link) const;
    void note(const Changes& changes);
    void note_removed(const std::vector<meta::UnheldBlob>& removed);
    void tell(const GarbageItem& item) const;
    Timestamp grace_start() const;
    Timestamp read_grace_start() const;

    db::Database& database_;
    blob::BlobStore& store_;
    const GarbagePolicy policy_;
    const Report report_;

    Phase phase_ = Phase::begin;
    meta::LinkKey after_link_;
    std::optional<oci::Digest> after_blob_;
    meta::RemovableKey after_removable_;
    std::size_t next_part_ = 0;
    std::vector<blob::StoredObject> objects_;  // listed and not looked at yet
    std::uint64_t strangers_ = 0;
    GarbageTotals cycle_;
    Timestamp started_;

    mutable std::mutex mutex_;
    GarbageStatistics statistics_;  // guarded by mutex_
};

}  // namespace berth::registry
