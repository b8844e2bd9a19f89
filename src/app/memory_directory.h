// SPDX-License-Identifier: Apache-2.0
//
// A directory for one process that keeps nothing: in memory (a tmpfs) where there is one with room,
// else under the temporary directory; for its owner alone; removed with everything in it at the
// end. What a killed process left is removed by the next one that makes such a directory: a
// directory is locked while its process lives, so that nobody takes it for left behind. Blocks.
#pragma once

#include "base/error.h"
#include "io/file.h"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace berth::app {

class MemoryDirectory {
  public:
    /// The places to look at, the best first; all but the last must be a tmpfs with `room` bytes.
    static Result<MemoryDirectory> make(const std::vector<std::filesystem::path>& places,
                                        std::uint64_t room);
    /// In /dev/shm if it has 256 MiB, else where temporary files go.
    static Result<MemoryDirectory> make();
    ~MemoryDirectory();
    MemoryDirectory(MemoryDirectory&& other) noexcept;
    MemoryDirectory& operator=(MemoryDirectory&&) = delete;

    const std::filesystem::path& path() const { return path_; }

  private:
    MemoryDirectory(std::filesystem::path path, io::FileHandle lock)
        : path_(std::move(path)), lock_(std::move(lock)) {}

    std::filesystem::path path_;
    io::FileHandle lock_;  // of the directory itself
};

}  // namespace berth::app
