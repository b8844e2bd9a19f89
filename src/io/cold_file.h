// SPDX-License-Identifier: Apache-2.0
//
// Reads of a file that is not in the page cache would block an I/O thread for the disk. Before each
// window is sent its first and last page are probed (preadv2 with RWF_NOWAIT); when one is absent a
// pool thread reads ahead.
#pragma once

#include "io/blocking.h"
#include "io/file.h"
#include "io/task.h"

#include <cstdint>

namespace berth::io {

class PageCacheProbe {
  public:
    /// Both must outlive the object; one object per transfer of `file`.
    PageCacheProbe(const FileHandle& file, BlockingPool& pool) : file_(file), pool_(pool) {}

    /// True when warm() would have nothing to do.
    bool is_warm(std::uint64_t offset, std::uint64_t length) const {
        return length == 0 || offset + length <= warmed_to_;
    }

    /// Returns when [offset, offset + length) is probably cached (or the pool refused, or the file
    /// ends): a hint, never an error.
    Task<void> warm(std::uint64_t offset, std::uint64_t length, std::uint64_t end);

  private:
    const FileHandle& file_;
    BlockingPool& pool_;
    std::uint64_t warmed_to_ = 0;
};

}  // namespace berth::io
