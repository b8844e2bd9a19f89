// SPDX-License-Identifier: Apache-2.0
//
// For tests: a SQLite file system whose writes and syncs fail on demand. Installed as the default
// one for the life of the object; open databases after it and close them before.
#pragma once

#include <atomic>

namespace berth::db::testing {

struct Faults {
    std::atomic<bool> writes_hit_full_disk{false};
    std::atomic<bool> syncs_fail{false};
    /// Only writes that enlarge a file fail, as on a real full disk.
    std::atomic<bool> growth_hits_full_disk{false};
    std::atomic<int> syncs{0};
};

class FaultyVfs {
  public:
    FaultyVfs();
    ~FaultyVfs();
    FaultyVfs(const FaultyVfs&) = delete;
    FaultyVfs& operator=(const FaultyVfs&) = delete;

    Faults& faults();
};

}  // namespace berth::db::testing
