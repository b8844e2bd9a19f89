// SPDX-License-Identifier: Apache-2.0
//
// For tests: a SQLite file system whose calls fail on demand, and which knows what a power cut
// would leave. Installed as the default one for the life of the object; open databases after it and
// close them before.
#pragma once

#include "db/testing/volatile_device.h"

#include <atomic>
#include <cstdint>

namespace berth::db::testing {

struct Faults {
    std::atomic<bool> writes_hit_full_disk{false};
    std::atomic<bool> syncs_fail{false};
    /// Only writes that enlarge a file fail, as on a real full disk.
    std::atomic<bool> growth_hits_full_disk{false};
    std::atomic<int> syncs{0};
};

enum class VfsCall : std::uint8_t { read, write, truncate, sync, map_shared };

/// The nth (from 1) of one kind of call fails with a SQLite result code; `stays`: those after it,
/// too.
struct VfsFault {
    VfsCall call;
    int nth;
    int code;
    bool stays;
};

class FaultyVfs {
  public:
    FaultyVfs();
    ~FaultyVfs();
    FaultyVfs(const FaultyVfs&) = delete;
    FaultyVfs& operator=(const FaultyVfs&) = delete;

    Faults& faults();
    void arm(const VfsFault& fault);
    /// Ends the fault; whether it has happened.
    bool disarm();
    const VolatileDevice& device() const;
};

}  // namespace berth::db::testing
