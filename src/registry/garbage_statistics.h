// SPDX-License-Identifier: Apache-2.0
//
// What garbage collection did or, in a dry run, would do. Plain values.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <string>
#include <utility>

namespace berth::registry {

struct GarbageCount {
    void add(std::uint64_t size) {
        ++count;
        bytes += size;
    }

    void add(const GarbageCount& more) {
        count += more.count;
        bytes += more.bytes;
    }

    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
};

struct GarbageTotals {
    std::uint64_t links_dropped = 0;
    GarbageCount condemned;
    GarbageCount removed;                // blobs, with their bytes
    GarbageCount orphans;                // files that no row named
    std::uint64_t removal_failures = 0;  // objects that the store did not let go; tried again

    void add(const GarbageTotals& more) {
        links_dropped += more.links_dropped;
        condemned.add(more.condemned);
        removed.add(more.removed);
        orphans.add(more.orphans);
        removal_failures += more.removal_failures;
    }
};

struct GarbageStatistics {
    GarbageTotals total;          // of this process
    GarbageTotals last_cycle;     // of the last one that ended
    std::uint64_t cycles = 0;     // that ended
    std::uint64_t failures = 0;   // steps that failed
    std::uint64_t strangers = 0;  // in the last cycle: what is in the store and no object of it
    bool running = false;
    Timestamp last_started;
    Timestamp last_finished;
};

enum class GarbageKind : std::uint8_t {
    link,       // `repository` does not need `name`
    condemned,  // nothing holds the blob `name`
    blob,       // its bytes go
    orphan,     // no row names the object `name`
    stranger,   // `name` is no object; it stays
};

/// One finding, for a report.
struct GarbageItem {
    GarbageItem(GarbageKind what, std::string item_name, std::uint64_t size = 0)
        : kind(what), name(std::move(item_name)), bytes(size) {}

    GarbageKind kind;
    std::string name;
    std::string repository;  // of a link; a detached repository's is its internal one
    std::uint64_t bytes;
};

}  // namespace berth::registry
