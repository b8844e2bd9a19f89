// SPDX-License-Identifier: Apache-2.0
//
// Reading and unlinking blobs of a repository (acr-wire 11). A blob is served only where it is
// linked.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "blob/blob_store.h"
#include "db/sql.h"
#include "io/task.h"
#include "oci/digest.h"
#include "oci/names.h"
#include "registry/recent_answers.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace berth::registry {

/// A linked blob, opened for reading: a small one as its bytes, another as a descriptor whose bytes
/// never change.
struct BlobContent {
    explicit BlobContent(std::string small) : size(small.size()), bytes(std::move(small)) {}

    explicit BlobContent(blob::OpenBlob opened)
        : size(opened.size), bytes(std::move(opened.file)) {}

    std::uint64_t size;
    std::variant<std::string, io::FileHandle> bytes;
};

class BlobService {
  public:
    /// References must outlive the service. Rows and small blobs that were asked for lately are
    /// kept in memory up to `cache_bytes_max`. A link that stat() finds and that nobody touched for
    /// `touch_after` is touched, so that garbage collection spares it while a push goes on; 0:
    /// never.
    BlobService(db::Database& database, blob::BlobStore& store,
                std::uint64_t cache_bytes_max = Limits().manifest_cache_bytes_max / 2,
                std::chrono::milliseconds touch_after = std::chrono::milliseconds(0));
    ~BlobService();

    /// Size in bytes. Errc::blob_unknown when not linked here, disallowed when the repository is
    /// locked for reading.
    io::Task<Result<std::uint64_t>> stat(const oci::Repository& repository,
                                         const oci::Digest& digest);
    /// Errors as stat(), and corrupt when the row's bytes are missing or short.
    io::Task<Result<BlobContent>> open(const oci::Repository& repository,
                                       const oci::Digest& digest);
    /// Unlinks in this repository only. Errc::blob_unknown when not linked here, disallowed when a
    /// lock protects it (docs/locks.md "Deleting").
    io::Task<Result<void>> remove(const oci::Repository& repository, const oci::Digest& digest);

    CacheStatistics cache_statistics() const { return recent_.statistics(); }

  private:
    struct Linked;
    using LinkedPointer = std::shared_ptr<const Linked>;

    io::Task<Result<LinkedPointer>> find(const oci::Repository& repository,
                                         const oci::Digest& digest);
    io::Task<bool> touch(const oci::Repository& repository, std::int64_t blob_id, Timestamp at);

    db::Database& database_;
    blob::BlobStore& store_;
    const std::int64_t touch_after_ticks_;
    RecentAnswers<Linked> recent_;
};

}  // namespace berth::registry
