// SPDX-License-Identifier: Apache-2.0
//
// Blob rows (one per digest: where its bytes are, or for a small blob the bytes themselves) and
// link rows (which repository may serve it). A row that names a location is written only after the
// bytes there are durable. Serving needs the link, never the row alone.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "meta/repositories.h"
#include "oci/digest.h"
#include "oci/names.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::meta {

/// The location of a blob whose bytes are in its row; no store's locations look like it.
inline constexpr std::string_view kInCatalog = "catalog";

struct BlobRow {
    bool in_catalog() const { return location == kInCatalog; }

    std::int64_t id = 0;
    std::uint64_t size = 0;
    std::string location;
    /// False when the repository it was asked in is locked for reading.
    bool readable = true;
    /// Of the link in the repository it was asked in: garbage collection spares it for a while.
    Timestamp touched;
};

/// A row with its blob's bytes where they are from now on.
struct StoredBlob : BlobRow {
    StoredBlob() = default;

    explicit StoredBlob(BlobRow row) : BlobRow(std::move(row)) {}

    /// The object that the row named before, which nothing names any more: the caller removes it
    /// after the commit. Empty when there is none, or it has to stay for now (meta/garbage.h).
    std::string replaced;
};

/// The blob if it is live and linked in `repository`, one lookup.
Result<std::optional<BlobRow>> find_linked_blob(db::Session& session,
                                                const oci::Repository& repository,
                                                const oci::Digest& digest);
/// The blob if it is live anywhere; says nothing about who may read it.
Result<std::optional<BlobRow>> find_blob(db::Session& session, const oci::Digest& digest);
/// The bytes of a row that is in_catalog(). Errc::corrupt when they are not there or not all.
Result<std::string> blob_bytes(db::Session& session, const BlobRow& row);

/// Where a blob's bytes are to be found from now on: a location of the store, or here.
struct BlobPlace {
    static BlobPlace in_store(std::string_view where, std::uint64_t bytes_there) {
        return {where, bytes_there, std::nullopt};
    }

    static BlobPlace in_catalog(ByteView content) { return {kInCatalog, content.size(), content}; }

    std::string_view location;  // must outlive the call, as the bytes
    std::uint64_t size;
    std::optional<ByteView> bytes;
};

/// Records `place` for `digest`. When the digest is live already the existing row is kept and
/// answered: the caller drops its own bytes if the answered location is not the one it gave. A row
/// in any other state (condemned, on its way out, damaged) comes to life with the new bytes, which
/// were just verified, in place of what it had.
Result<StoredBlob> put_blob(db::Session& session, const oci::Digest& digest, const BlobPlace& place,
                            Timestamp now);
/// Heals a blob whose stored copy is damaged: the row that still names `damaged` names `place` from
/// now on. False when the row names something else by now (nothing is changed).
Result<bool> relocate_blob(db::Session& session, const oci::Digest& digest,
                           const std::string& damaged, const BlobPlace& place, Timestamp now);
/// Links (again): idempotent, refreshes touched_at.
Result<void> link_blob(db::Session& session, RepositoryId repository, std::int64_t blob_id,
                       Timestamp now);
/// Moves touched_at alone, of a link to a live blob. False when there is none (any more).
Result<bool> touch_link(db::Session& session, const oci::Repository& repository,
                        std::int64_t blob_id, Timestamp now);
/// False when there was no link.
Result<bool> unlink_blob(db::Session& session, RepositoryId repository, std::int64_t blob_id);
/// Repositories (visible or not, but not detached) in which the blob is linked: candidates for a
/// mount without `from`, at most `limit`, oldest repository first (a name order would have to sort
/// them all).
Result<std::vector<std::string>> repositories_linking(db::Session& session, std::int64_t blob_id,
                                                      std::uint32_t limit);

}  // namespace berth::meta
