// SPDX-License-Identifier: Apache-2.0
//
// What garbage collection found, and who holds a digest, as commands print it. Pure.
#pragma once

#include "base/clock.h"
#include "meta/blob_holders.h"
#include "registry/garbage_collector.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace berth::app {

/// Findings that a report lists; the totals have all of them.
inline constexpr std::size_t kFindingsMax = 1000;

struct GarbageReport {
    GarbageReport() = default;
    registry::GarbageStatistics statistics;
    std::vector<registry::GarbageItem> items;  // at most kFindingsMax
    std::uint64_t left_out = 0;
    /// Condemned blobs whose read grace is not over.
    std::uint64_t waiting_blobs = 0;
    std::uint64_t waiting_bytes = 0;
    bool bytes_kept = false;  // a backup has the collection wait
    bool dry_run = false;
};

std::string garbage_json(const GarbageReport& report);
std::string garbage_text(const GarbageReport& report);

/// When the blob's bytes go at the earliest if nobody touches it from now on; nullopt: not while
/// something needs it.
std::optional<Timestamp> earliest_removal(const meta::BlobFacts& blob,
                                          const registry::GarbagePolicy& policy, Timestamp now);

std::string holders_json(const meta::DigestHolders& holders, const registry::GarbagePolicy& policy,
                         Timestamp now);
std::string holders_text(const meta::DigestHolders& holders, const registry::GarbagePolicy& policy,
                         Timestamp now);

}  // namespace berth::app
