// SPDX-License-Identifier: Apache-2.0
//
// The hash of a stored object, read from the device itself in small steps. Reading goes past the
// page cache (O_DIRECT) where the file system can: a good copy in memory must not hide a bad one on
// the disk, and looking at everything must not push out what clients ask for. Where it cannot, the
// pages that were read are given back. One object of it is used by one thread at a time; step()
// blocks.
#pragma once

#include "base/error.h"
#include "io/file.h"
#include "oci/digest.h"
#include "oci/hasher.h"

#include <cstdint>
#include <cstdlib>
#include <memory>

namespace berth::blob {

class ObjectHash {
  public:
    /// Read in one step.
    static constexpr std::uint64_t kStepBytes = 1 << 20;

    /// `file` must outlive the object, and is read by nobody else meanwhile.
    ObjectHash(const io::FileHandle& file, std::uint64_t size, oci::Algorithm algorithm);

    bool is_done() const { return offset_ == size_; }

    /// Reads and hashes what comes next. Answers how much that was. Errors: io_error when the
    /// device cannot read it, corrupt when the file ends early.
    Result<std::uint64_t> step();

    /// After the last step.
    oci::Digest finish() { return hasher_.finish(); }

  private:
    struct Free {
        void operator()(std::byte* memory) const { std::free(memory); }
    };

    Result<std::uint64_t> read(std::uint64_t most);
    bool leave_direct();

    const io::FileHandle& file_;
    std::uint64_t size_;
    std::uint64_t offset_ = 0;
    bool direct_ = false;
    oci::Hasher hasher_;
    std::unique_ptr<std::byte, Free> buffer_;  // aligned as O_DIRECT wants it
};

/// All of it at once.
Result<oci::Digest> hash_object(const io::FileHandle& file, std::uint64_t size,
                                oci::Algorithm algorithm);

}  // namespace berth::blob
