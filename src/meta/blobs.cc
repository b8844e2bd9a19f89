// SPDX-License-Identifier: Apache-2.0
#include "meta/blobs.h"

#include "base/try.h"

namespace berth::meta {

namespace {

// State 0 is live (schema/0001_initial.sql).
constexpr db::Sql kFindLinked(
    "SELECT blobs.id, blobs.size, blobs.location, repositories.read_enabled FROM repositories"
    " JOIN blobs ON blobs.digest = $2 AND blobs.state = 0"
    " JOIN blob_links ON blob_links.repository_id = repositories.id"
    " AND blob_links.blob_id = blobs.id"
    " WHERE repositories.name = $1");
constexpr db::Sql kFindLive(
    "SELECT id, size, location, 1 FROM blobs WHERE digest = $1 AND state = 0");
// A condemned row still has its bytes and is revived as it is; the bytes of one that is being
// deleted or is damaged cannot be relied on, so the new location takes their place.
constexpr db::Sql kPut(
    "INSERT INTO blobs (digest, size, location, bytes, created_at, verified_at)"
    " VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (digest) DO UPDATE SET"
    " location = CASE WHEN blobs.state = 1 THEN blobs.location ELSE excluded.location END,"
    " bytes = CASE WHEN blobs.state = 1 THEN blobs.bytes ELSE excluded.bytes END,"
    " size = excluded.size, verified_at = excluded.verified_at, state = 0"
    " RETURNING id, size, location, 1");
constexpr db::Sql kRelocate(
    "UPDATE blobs SET location = $3, size = $4, bytes = $5, verified_at = $6"
    " WHERE digest = $1 AND location = $2 AND state = 0");
constexpr db::Sql kBytes("SELECT bytes FROM blobs WHERE id = $1");
constexpr db::Sql kLink(
    "INSERT INTO blob_links (repository_id, blob_id, linked_at, touched_at)"
    " VALUES ($1, $2, $3, $3) ON CONFLICT (repository_id, blob_id)"
    " DO UPDATE SET touched_at = excluded.touched_at");
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
        return false;
    }));
    return found;
}

db::Value stored_bytes(const BlobPlace& place) {
    return place.bytes ? db::Value(*place.bytes) : db::Value();
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

Result<BlobRow> put_blob(db::Session& session, const oci::Digest& digest, const BlobPlace& place,
                         Timestamp now) {
    BERTH_TRY(std::optional<BlobRow> live, find_blob(session, digest));
    if (!live) {
        BERTH_TRY(live, query_blob(session, kPut,
                                   {digest.stored(), static_cast<std::int64_t>(place.size),
                                    place.location, stored_bytes(place), now.ticks}));
    }
    if (!live) {
        return fail(Errc::internal, "storing a blob row answered no row");
    }
    return *std::move(live);
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
