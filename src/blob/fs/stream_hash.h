// SPDX-License-Identifier: Apache-2.0
//
// The hash of a stream of bytes. They are hashed as they are added, on the calling thread; those of
// a long stream that is alone are copied and hashed by a pool thread while the caller receives the
// next ones. One stream of a store at a time does that: more would only take turns on the same
// cores, and what is copied and not yet hashed is at most 1 MiB in all. Used by one request at a
// time; the pool's job is inside.
#pragma once

#include "base/bytes.h"
#include "io/blocking.h"
#include "io/task.h"
#include "oci/hasher.h"

#include <atomic>
#include <memory>

namespace berth::blob {

/// Whether some stream of the store is being hashed by the pool.
using HashTurn = std::atomic<bool>;

class StreamHash {
  public:
    /// `pool` must outlive every job.
    StreamHash(oci::Algorithm algorithm, io::BlockingPool& pool, std::shared_ptr<HashTurn> turn);
    ~StreamHash();
    StreamHash(const StreamHash&) = delete;
    StreamHash& operator=(const StreamHash&) = delete;

    /// Returns when `bytes` are hashed or copied, so waits while too much is still to be hashed.
    io::Task<void> add(ByteView bytes);
    /// The hash of everything added, to be copied or fed on before the next add().
    io::Task<oci::Hasher*> settled();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace berth::blob
