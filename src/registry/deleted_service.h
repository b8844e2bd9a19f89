// SPDX-License-Identifier: Apache-2.0
//
// What was deleted and can be restored (docs/soft_delete.md): the lists of it, restoring, and
// purging what is over. Any I/O thread.
#pragma once

#include "base/error.h"
#include "db/sql.h"
#include "io/task.h"
#include "meta/deleted.h"
#include "oci/name_ranges.h"
#include "registry/lists.h"
#include "registry/restoration.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace berth::registry {

using meta::DeletedManifestRow;
using meta::DeletedTagRow;

struct DeletedStatistics {
    std::uint64_t manifests = 0;  // in the bin when it was last counted
    std::uint64_t tags = 0;
    std::uint64_t manifests_purged = 0;  // since the start
    std::uint64_t tags_purged = 0;
    std::int64_t last_purge = 0;  // seconds since 1970 of the last round; 0: none yet
};

class DeletedService {
  public:
    /// `keep_ticks` is for what a forced restoration overwrites. `database` must outlive the
    /// service.
    DeletedService(db::Database& database, std::int64_t keep_ticks, bool sparse)
        : database_(database), keep_ticks_(keep_ticks), sparse_(sparse) {}

    io::Task<Result<Page<std::string>>> repositories(const PageRequest& page,
                                                     const oci::NameRanges& among);
    /// Errc::name_unknown when there is neither such a repository nor something of it in the bin.
    io::Task<Result<Page<DeletedManifestRow>>> manifests(const oci::Repository& repository,
                                                         const PageRequest& page);
    io::Task<Result<Page<DeletedTagRow>>> tags(const oci::Repository& repository,
                                               const PageRequest& page);
    /// Errors: see registry::restore(). `request.sparse` is filled in. `by`: who asks.
    io::Task<Result<Restored>> restore(RestoreRequest request, std::string by);

    /// One bounded step of purging; true when there may be more.
    io::Task<Result<bool>> purge();
    /// Counts the bin in bounded steps, for statistics().
    io::Task<Result<void>> count();
    /// Any thread.
    DeletedStatistics statistics() const;

  private:
    db::Database& database_;
    std::int64_t keep_ticks_;
    bool sparse_;
    std::atomic<std::uint64_t> manifests_{0};
    std::atomic<std::uint64_t> tags_{0};
    std::atomic<std::uint64_t> manifests_purged_{0};
    std::atomic<std::uint64_t> tags_purged_{0};
    std::atomic<std::int64_t> last_purge_{0};
};

}  // namespace berth::registry
