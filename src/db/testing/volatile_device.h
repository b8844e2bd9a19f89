// SPDX-License-Identifier: Apache-2.0
//
// For tests: what a disk would still have of each file if the power failed. A write is on it after
// a sync that succeeded. What was written before a sync that failed is lost, also when the next
// sync succeeds: the kernel tells once and forgets. Any thread.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace berth::db::testing {

class VolatileDevice {
  public:
    /// What the file has now is on the device, if this is the first that is heard of it.
    void open(const std::string& path);
    void write(const std::string& path, ByteView bytes, std::uint64_t offset);
    void truncate(const std::string& path, std::uint64_t size);
    void sync(const std::string& path, bool succeeds);
    /// A file as it would be found; an empty one when nothing is known of it.
    void copy(const std::string& path, const std::filesystem::path& target) const;

  private:
    struct Change {
        bool is_write;
        std::uint64_t offset;
        std::string bytes;
    };

    struct File {
        std::string durable;
        std::vector<Change> waiting;
    };

    mutable std::mutex mutex_;
    std::map<std::string, File> files_;  // guarded by mutex_
};

}  // namespace berth::db::testing
