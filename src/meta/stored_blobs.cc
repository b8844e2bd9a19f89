// SPDX-License-Identifier: Apache-2.0
#include "meta/stored_blobs.h"

#include "base/bytes.h"
#include "base/try.h"
#include "meta/blobs.h"

namespace berth::meta {
namespace {

constexpr db::Sql kAfter(
    "SELECT id, digest, size, location, state, bytes FROM blobs WHERE id > $1 ORDER BY id"
    " LIMIT $2");
constexpr db::Sql kById("SELECT id, digest, size, location, state, bytes FROM blobs WHERE id = $1");
constexpr db::Sql kLocation("SELECT location FROM blobs WHERE digest = $1");
constexpr db::Sql kLinked("SELECT 1 FROM blob_links WHERE blob_id = $1 LIMIT 1");
constexpr db::Sql kTotals(
    "SELECT count(*), COALESCE(sum(size), 0) FROM blobs WHERE state IN (0, 1)");
constexpr db::Sql kDamaged(
    "UPDATE blobs SET state = 3 WHERE id = $1 AND location = $2 AND state IN (0, 1)");
constexpr db::Sql kVerified(
    "UPDATE blobs SET verified_at = $3 WHERE id = $1 AND location = $2 AND state IN (0, 1)");

BlobRecord blob_of(const db::Row& row) {
    BlobRecord blob;
    blob.id = row.integer(0);
    blob.digest_bytes = as_text(row.bytes(1));
    blob.digest = oci::Digest::from_stored(row.bytes(1));
    blob.size = static_cast<std::uint64_t>(row.integer(2));
    blob.location = row.text(3);
    blob.state = static_cast<BlobState>(row.integer(4));
    blob.bytes = as_text(row.bytes(5));
    return blob;
}

}  // namespace

bool BlobRecord::in_catalog() const {
    return location == kInCatalog;
}

Result<std::vector<BlobRecord>> stored_blobs_after(db::Session& session, std::int64_t after,
                                                   std::uint32_t limit) {
    std::vector<BlobRecord> blobs;
    BERTH_TRY_VOID(session.query(kAfter, {after, static_cast<std::int64_t>(limit)},
                                 [&blobs](const db::Row& row) {
                                     blobs.push_back(blob_of(row));
                                     return true;
                                 }));
    return blobs;
}

Result<std::optional<BlobRecord>> find_stored_blob(db::Session& session, std::int64_t id) {
    std::optional<BlobRecord> blob;
    BERTH_TRY_VOID(session.query(kById, {id}, [&blob](const db::Row& row) {
        blob = blob_of(row);
        return false;
    }));
    return blob;
}

Result<std::optional<std::string>> find_location(db::Session& session, const oci::Digest& digest) {
    std::optional<std::string> location;
    BERTH_TRY_VOID(session.query(kLocation, {digest.stored()}, [&location](const db::Row& row) {
        location = std::string(row.text(0));
        return false;
    }));
    return location;
}

Result<bool> is_linked_anywhere(db::Session& session, std::int64_t id) {
    bool linked = false;
    BERTH_TRY_VOID(session.query(kLinked, {id}, [&linked](const db::Row&) {
        linked = true;
        return false;
    }));
    return linked;
}

Result<BlobTotals> total_of_blobs(db::Session& session) {
    BlobTotals totals;
    BERTH_TRY_VOID(session.query(kTotals, {}, [&totals](const db::Row& row) {
        totals.count = static_cast<std::uint64_t>(row.integer(0));
        totals.bytes = static_cast<std::uint64_t>(row.integer(1));
        return false;
    }));
    return totals;
}

Result<bool> mark_blob_damaged(db::Session& session, std::int64_t id, const std::string& location) {
    BERTH_TRY(const std::int64_t changed, session.execute(kDamaged, {id, location}));
    return changed > 0;
}

Result<bool> mark_blob_verified(db::Session& session, std::int64_t id, const std::string& location,
                                Timestamp now) {
    BERTH_TRY(const std::int64_t changed, session.execute(kVerified, {id, location, now.ticks}));
    return changed > 0;
}

}  // namespace berth::meta
