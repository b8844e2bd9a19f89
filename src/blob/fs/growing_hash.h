// SPDX-License-Identifier: Apache-2.0
//
// The hash of a file that grows. Bytes are hashed as they are added, on the calling thread; of a
// long upload that is alone, a pool thread reads them back from the page cache and hashes them
// while the caller receives the next ones. One upload of a store at a time does that: more would
// only take turns on the same cores. Invariant: hashed and still to be hashed together are exactly
// the bytes that were added. Used by one request at a time; the pool's job is inside.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "io/blocking.h"
#include "io/file.h"
#include "io/task.h"
#include "oci/hasher.h"

#include <atomic>
#include <cstdint>
#include <memory>

namespace berth::blob {

/// Whether some upload of the store is being hashed by the pool.
using HashTurn = std::atomic<bool>;

class GrowingHash {
  public:
    /// `pool` and `turn` must outlive every job, `file` lives as long as one does.
    GrowingHash(oci::Algorithm algorithm, std::shared_ptr<const io::FileHandle> file,
                io::BlockingPool& pool, std::shared_ptr<HashTurn> turn);
    ~GrowingHash();
    GrowingHash(const GrowingHash&) = delete;
    GrowingHash& operator=(const GrowingHash&) = delete;

    oci::Algorithm algorithm() const;

    /// For a file that has `size` bytes already: has the pool read and hash them. Only at first.
    io::Task<Result<void>> catch_up(std::uint64_t size);
    /// `bytes` are in the file behind what was added before.
    void add(ByteView bytes);
    /// The hash of everything added, to be copied or fed on. Errors: those of reading the file; the
    /// hash is of no use then.
    io::Task<Result<oci::Hasher*>> settled();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace berth::blob
