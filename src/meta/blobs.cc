// SPDX-License-Identifier: Apache-2.0
#include "meta/blobs.h"

#include "base/try.h"
#include "meta/garbage.h"

namespace berth::meta {

namespace {

// State 0 is live (schema/0001_initial.sql).
constexpr db::Sql kFindLinked(
    "SELECT blobs.id, blobs.size, blobs.location, repositories.read_enabled,"
    " blob_links.touched_at FROM repositories"
    " JOIN blobs ON blobs.digest = $2 AND blobs.state = 0"
    " JOIN blob_links ON blob_links.repository_id = repositories.id"
    " AND blob_links.blob_id = blobs.id"
    " WHERE repositories.name = $1");
constexpr db::Sql kFindLive(
    "SELECT id, size, location, 1, 0 FROM blobs WHERE digest = $1 AND state = 0");
constexpr db::Sql kLocation("SELECT location FROM blobs WHERE digest = $1");
constexpr db::Sql kPut(
    "INSERT INTO blobs (digest, size, location, bytes, created_at, verified_at)"
    " VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (digest) DO UPDATE SET"
    " location = excluded.location, bytes = excluded.bytes, size = excluded.size,"
    " verified_at = excluded.verified_at, state = 0, condemned_at = NULL"
    " RETURNING id, size, location, 1, 0");
constexpr db::Sql kRelocate(
    "UPDATE blobs SET location = $3, size = $4, bytes = $5, verified_at = $6"
    " WHERE digest = $1 AND location = $2 AND state = 0");
constexpr db::Sql kBytes("SELECT bytes FROM blobs WHERE id = $1");
constexpr db::Sql kLink(
    "INSERT INTO blob_links (repository_id, blob_id, linked_at, touched_at)"
    " VALUES ($1, $2, $3, $3) ON CONFLICT (repository_id, blob_id)"
    " DO UPDATE SET touched_at = excluded.touched_at");
constexpr db::Sql kTouchLink(
    "UPDATE blob_links SET touched_at = $3 WHERE blob_id = $2"
    " AND repository_id = (SELECT id FROM repositories WHERE name = $1)"
    " AND EXISTS (SELECT 1 FROM blobs WHERE id = $2 AND state = 0)");
constexpr db::Sql kUnlink("DELETE FROM blob_links WHERE repository_id = $1 AND blob_id = $2");
// A detached repository has no name to mount from.
constexpr db::Sql kRepositoriesLinking(
    "SELECT repositories.name FROM blob_links"
    " JOIN repositories ON repositories.id = blob_links.repository_id"
    " WHERE blob_links.blob_id = $1 AND repositories.detached_at IS NULL"
    " ORDER BY blob_links.repository_id LIMIT $2");

Result<std::optional<BlobRow>> query_blob(db::Session& session, const db::Sql& sql,
                                          std::initializer_list<db::Value> parameters) {
    std::optional<BlobRow> found;
    BERTH_TRY_VOID(session.query(sql, parameters, [&found](const db::Row& row) {
        found.emplace();
        found->id = row.integer(0);
        found->size = static_cast<std::uint64_t>(row.integer(1));
        found->location = row.text(2);
        found->readable = row.integer(3) != 0;
        found->touched = Timestamp{row.integer(4)};
        return false;
    }));
    return found;
}

db::Value stored_bytes(const BlobPlace& place) {
    return place.bytes ? db::Value(*place.bytes) : db::Value();
}

/// The object that a row names and will not once it names `place`, if it may go at once.
Result<std::string> replaced_by(db::Session& session, const oci::Digest& digest,
                                const BlobPlace& place, Timestamp now) {
    std::string location;
    BERTH_TRY_VOID(session.query(kLocation, {digest.stored()}, [&location](const db::Row& row) {
        location = row.text(0);
        return false;
    }));
    if (location.empty() || location == kInCatalog || location == place.location) {
        return std::string();
    }
    BERTH_TRY(const bool kept, are_bytes_kept(session, now));
    return kept ? std::string() : location;
}

}  // namespace

Result<std::optional<BlobRow>> find_linked_blob(db::Session& session,
                                                const oci::Repository& repository,
                                                const oci::Digest& digest) {
    return query_blob(session, kFindLinked, {repository.text(), digest.stored()});
}

Result<std::optional<BlobRow>> find_blob(db::Session& session, const oci::Digest& digest) {
    return query_blob(session, kFindLive, {digest.stored()});
}

Result<std::string> blob_bytes(db::Session& session, const BlobRow& row) {
    std::string bytes;
    BERTH_TRY_VOID(session.query(kBytes, {row.id}, [&bytes](const db::Row& found) {
        bytes = as_text(found.bytes(0));
        return false;
    }));
    if (bytes.size() != row.size) {
        return fail(Errc::corrupt, "a blob in the catalog has another size than its row says");
    }
    return bytes;
}

Result<StoredBlob> put_blob(db::Session& session, const oci::Digest& digest, const BlobPlace& place,
                            Timestamp now) {
    BERTH_TRY(std::optional<BlobRow> live, find_blob(session, digest));
    if (live) {
        return StoredBlob(*std::move(live));
    }
    BERTH_TRY(std::string replaced, replaced_by(session, digest, place, now));
    BERTH_TRY(live, query_blob(session, kPut,
                               {digest.stored(), static_cast<std::int64_t>(place.size),
                                place.location, stored_bytes(place), now.ticks}));
    if (!live) {
        return fail(Errc::internal, "storing a blob row answered no row");
    }
    StoredBlob stored(*std::move(live));
    stored.replaced = std::move(replaced);
    return stored;
}

Result<bool> relocate_blob(db::Session& session, const oci::Digest& digest,
                           const std::string& damaged, const BlobPlace& place, Timestamp now) {
    BERTH_TRY(const std::int64_t changed,
              session.execute(kRelocate, {digest.stored(), damaged, place.location,
                                          static_cast<std::int64_t>(place.size),
                                          stored_bytes(place), now.ticks}));
    return changed > 0;
}

Result<void> link_blob(db::Session& session, RepositoryId repository, std::int64_t blob_id,
                       Timestamp now) {
    BERTH_TRY_VOID(session.execute(kLink, {repository, blob_id, now.ticks}));
    return {};
}

Result<bool> touch_link(db::Session& session, const oci::Repository& repository,
                        std::int64_t blob_id, Timestamp now) {
    BERTH_TRY(const std::int64_t touched,
              session.execute(kTouchLink, {repository.text(), blob_id, now.ticks}));
    return touched > 0;
}

Result<bool> unlink_blob(db::Session& session, RepositoryId repository, std::int64_t blob_id) {
    BERTH_TRY(const std::int64_t removed, session.execute(kUnlink, {repository, blob_id}));
    return removed > 0;
}

Result<std::vector<std::string>> repositories_linking(db::Session& session, std::int64_t blob_id,
                                                      std::uint32_t limit) {
    std::vector<std::string> names;
    BERTH_TRY_VOID(session.query(kRepositoriesLinking, {blob_id, static_cast<std::int64_t>(limit)},
                                 [&names](const db::Row& row) {
                                     names.emplace_back(row.text(0));
                                     return true;
                                 }));
    return names;
}

}  // namespace berth::meta
