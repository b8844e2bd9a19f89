// SPDX-License-Identifier: Apache-2.0
//
// The bytes of one upload session: in memory while they are few, in an upload of the store from the
// first byte on that makes them too many. So a small blob never becomes a file, and a session that
// was only begun has none. Says nothing about what is durable. Owned by one request at a time.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "blob/blob_store.h"
#include "io/task.h"
#include "oci/digest.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace berth::registry {

class SessionBytes {
  public:
    /// `in_memory` is what the session has so far.
    SessionBytes(oci::Algorithm algorithm, std::string in_memory)
        : algorithm_(algorithm), few_(std::move(in_memory)) {}

    SessionBytes(oci::Algorithm algorithm, std::unique_ptr<blob::Upload> upload)
        : algorithm_(algorithm), upload_(std::move(upload)) {}

    std::uint64_t offset() const { return upload_ ? upload_->offset() : few_.size(); }

    /// The store's upload, nullptr while the bytes are in memory.
    blob::Upload* upload() const { return upload_.get(); }

    /// Requires that they are in memory.
    ByteView in_memory() const { return as_bytes(few_); }

    /// Takes `bytes` into memory when they then are at most `memory_max`, else everything to
    /// `store` as the upload `id`. A failure leaves all as it was.
    io::Task<Result<void>> append(ByteView bytes, std::size_t memory_max, blob::BlobStore& store,
                                  const std::string& id);
    /// Takes everything to the store even if it is little. `size_hint` as BlobStore::begin().
    io::Task<Result<void>> move_to(blob::BlobStore& store, const std::string& id,
                                   std::optional<std::uint64_t> size_hint);
    /// Errc::digest_invalid when the bytes are not `expected`.
    io::Task<Result<void>> verify(const oci::Digest& expected) const;

  private:
    oci::Algorithm algorithm_;
    std::string few_;  // empty once there is an upload
    std::unique_ptr<blob::Upload> upload_;
};

}  // namespace berth::registry
