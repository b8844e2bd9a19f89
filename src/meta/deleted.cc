// SPDX-License-Identifier: Apache-2.0
//
// Into the bin and out of it. deleted_lists.cc lists what is in it.
#include "meta/deleted.h"

#include "base/try.h"

namespace berth::meta {

namespace {

#define BERTH_KEPT_COLUMNS                                                                  \
    "repository, digest, media_type, size, image_size, config_media_type, artifact_type,"   \
    " subject, architecture, os, created_at, updated_at, list_enabled, read_enabled,"       \
    " quarantine_state, quarantine_details, deleted_at, purge_at, deleted_by, annotations," \
    " bytes"
// $1 is whose, $2 deleted_at, $3 purge_at, $4 deleted_by. The outer loop is over the manifests.
#define BERTH_SELECT_KEPT                                                                \
    " SELECT repositories.name, manifests.digest, manifests.media_type, manifests.size," \
    " manifests.image_size, manifests.config_media_type, manifests.artifact_type,"       \
    " manifests.subject, manifests.architecture, manifests.os, manifests.created_at,"    \
    " manifests.updated_at, manifests.list_enabled, manifests.read_enabled,"             \
    " manifests.quarantine_state, manifests.quarantine_details, $2, $3, $4,"             \
    " manifests.annotations, manifests.bytes FROM manifests CROSS JOIN repositories"     \
    " ON repositories.id = manifests.repository_id"
#define BERTH_SELECT_KEPT_EDGES                                                         \
    " SELECT deleted_manifests.id, edge.position, edge.role, edge.digest, edge.size,"   \
    " edge.media_type, edge.architecture, edge.os, edge.variant FROM manifests"         \
    " CROSS JOIN repositories ON repositories.id = manifests.repository_id"             \
    " CROSS JOIN deleted_manifests ON deleted_manifests.repository = repositories.name" \
    " AND deleted_manifests.digest = manifests.digest"                                  \
    " CROSS JOIN manifest_references AS edge ON edge.manifest_id = manifests.id"
#define BERTH_SELECT_KEPT_TAGS                                                             \
    " SELECT repositories.name, tags.name, tags.digest, tags.created_at, tags.updated_at," \
    " tags.list_enabled, tags.read_enabled, $2, $3, $4 FROM tags CROSS JOIN repositories"  \
    " ON repositories.id = tags.repository_id"

constexpr db::Sql kKeepManifest("INSERT INTO deleted_manifests (" BERTH_KEPT_COLUMNS
                                ")" BERTH_SELECT_KEPT " WHERE manifests.id = $1");
constexpr db::Sql kKeepEdges(
    "INSERT INTO deleted_references (manifest_id, position, role, digest, size, media_type,"
    " architecture, os, variant)" BERTH_SELECT_KEPT_EDGES " WHERE manifests.id = $1");
constexpr db::Sql kKeepAllManifests(
    "INSERT INTO deleted_manifests (" BERTH_KEPT_COLUMNS ")" BERTH_SELECT_KEPT
    " WHERE manifests.repository_id = $1 ORDER BY manifests.digest");
constexpr db::Sql kKeepAllEdges(
    "INSERT INTO deleted_references (manifest_id, position, role, digest, size, media_type,"
    " architecture, os, variant)" BERTH_SELECT_KEPT_EDGES
    " WHERE manifests.repository_id = $1 ORDER BY manifests.digest");

#define BERTH_KEEP_TAGS                                                                     \
    "INSERT INTO deleted_tags (repository, name, digest, created_at, updated_at,"           \
    " list_enabled, read_enabled, deleted_at, purge_at, deleted_by)" BERTH_SELECT_KEPT_TAGS \
    " WHERE tags.repository_id = $1"
constexpr db::Sql kKeepTag(BERTH_KEEP_TAGS " AND tags.name = $5");
constexpr db::Sql kKeepTagsOfDigest(BERTH_KEEP_TAGS " AND tags.digest = $5 ORDER BY tags.name");
constexpr db::Sql kKeepAllTags(BERTH_KEEP_TAGS " ORDER BY tags.name");

constexpr db::Sql kFindOfDigest(
    "SELECT deleted_manifests.id FROM repositories JOIN deleted_manifests"
    " ON deleted_manifests.repository = repositories.name AND deleted_manifests.digest = $2"
    " WHERE repositories.id = $1");
constexpr db::Sql kRemoveEdges("DELETE FROM deleted_references WHERE manifest_id = $1");
constexpr db::Sql kRemoveManifest("DELETE FROM deleted_manifests WHERE id = $1");
constexpr db::Sql kRemoveTag("DELETE FROM deleted_tags WHERE id = $1");
constexpr db::Sql kRemoveTagsNamed(
    "DELETE FROM deleted_tags WHERE repository = $1 AND digest = $2 AND name = $3");

// Updated now: a rule that deleted it for its age does not delete it again at once.
constexpr db::Sql kRestore(
    "INSERT INTO manifests (repository_id, digest, media_type, size, image_size,"
    " config_media_type, artifact_type, subject, architecture, os, created_at, updated_at,"
    " list_enabled, read_enabled, quarantine_state, quarantine_details, annotations, bytes)"
    " SELECT $2, digest, media_type, size, image_size, config_media_type, artifact_type, subject,"
    " architecture, os, created_at, $3, list_enabled, read_enabled, quarantine_state,"
    " quarantine_details, annotations, bytes FROM deleted_manifests WHERE id = $1 RETURNING id");
constexpr db::Sql kRestoreEdges(
    "INSERT INTO manifest_references (manifest_id, position, repository_id, role, digest, size,"
    " media_type, architecture, os, variant)"
    " SELECT $2, position, $3, role, digest, size, media_type, architecture, os, variant"
    " FROM deleted_references WHERE manifest_id = $1");
constexpr db::Sql kLinkBlobs(
    "INSERT INTO blob_links (repository_id, blob_id, linked_at, touched_at)"
    " SELECT $2, blobs.id, $3, $3 FROM deleted_references"
    " CROSS JOIN blobs ON blobs.digest = deleted_references.digest AND blobs.state = 0"
    " WHERE deleted_references.manifest_id = $1 AND deleted_references.role IN (1, 2)"
    " ON CONFLICT (repository_id, blob_id) DO UPDATE SET touched_at = excluded.touched_at");

constexpr db::Sql kDueManifests(
    "SELECT id, size FROM deleted_manifests WHERE purge_at < $1 ORDER BY purge_at, id LIMIT $2");
constexpr db::Sql kDueTags(
    "SELECT id FROM deleted_tags WHERE purge_at < $1 ORDER BY purge_at, id LIMIT $2");

// The bytes of a manifest are freed page by page.
constexpr std::int64_t kBytesPerRow = 4096;

struct Due {
    Due(std::int64_t row_id, std::int64_t bytes) : id(row_id), size(bytes) {}

    std::int64_t id;
    std::int64_t size;
};

std::int64_t purge_time(const Disposal& disposal, Timestamp now) {
    return now.ticks + disposal.keep_ticks;
}

Result<std::vector<std::int64_t>> query_ids(db::Session& session, const db::Sql& sql,
                                            std::initializer_list<db::Value> parameters) {
    std::vector<std::int64_t> ids;
    BERTH_TRY_VOID(session.query(sql, parameters, [&ids](const db::Row& row) {
        ids.push_back(row.integer(0));
        return true;
    }));
    return ids;
}

Result<std::int64_t> remove_manifest_row(db::Session& session, std::int64_t id) {
    BERTH_TRY(const std::int64_t edges, session.execute(kRemoveEdges, {id}));
    BERTH_TRY_VOID(session.execute(kRemoveManifest, {id}));
    return edges + 1;
}

}  // namespace

Result<void> keep_manifest(db::Session& session, std::int64_t manifest_id, const Disposal& disposal,
                           Timestamp now) {
    if (!disposal.keeps()) {
        return {};
    }
    BERTH_TRY_VOID(session.execute(
        kKeepManifest, {manifest_id, now.ticks, purge_time(disposal, now), disposal.by}));
    BERTH_TRY_VOID(session.execute(kKeepEdges, {manifest_id}));
    return {};
}

Result<void> keep_tag(db::Session& session, RepositoryId repository, std::string_view tag,
                      const Disposal& disposal, Timestamp now) {
    if (!disposal.keeps()) {
        return {};
    }
    BERTH_TRY_VOID(session.execute(
        kKeepTag, {repository, now.ticks, purge_time(disposal, now), disposal.by, tag}));
    return {};
}

Result<void> keep_tags(db::Session& session, RepositoryId repository, const oci::Digest& digest,
                       const Disposal& disposal, Timestamp now) {
    if (!disposal.keeps()) {
        return {};
    }
    BERTH_TRY_VOID(session.execute(
        kKeepTagsOfDigest,
        {repository, now.ticks, purge_time(disposal, now), disposal.by, digest.stored()}));
    return {};
}

Result<void> keep_repository(db::Session& session, RepositoryId repository,
                             const Disposal& disposal, Timestamp now) {
    if (!disposal.keeps()) {
        return {};
    }
    const std::int64_t purge = purge_time(disposal, now);
    BERTH_TRY_VOID(session.execute(kKeepAllManifests, {repository, now.ticks, purge, disposal.by}));
    BERTH_TRY_VOID(session.execute(kKeepAllEdges, {repository}));
    BERTH_TRY_VOID(session.execute(kKeepAllTags, {repository, now.ticks, purge, disposal.by}));
    return {};
}

Result<void> forget_deleted_manifest(db::Session& session, RepositoryId repository,
                                     const oci::Digest& digest) {
    BERTH_TRY(const std::vector<std::int64_t> ids,
              query_ids(session, kFindOfDigest, {repository, digest.stored()}));
    for (const std::int64_t id : ids) {
        BERTH_TRY_VOID(remove_manifest_row(session, id));
    }
    return {};
}

Result<void> restore_manifest(db::Session& session, RepositoryId home,
                              const DeletedManifestRow& manifest, Timestamp now) {
    BERTH_TRY(const std::vector<std::int64_t> ids,
              query_ids(session, kRestore, {manifest.id, home, now.ticks}));
    if (ids.size() != 1) {
        return fail(Errc::internal, "restoring a manifest that is not in the bin");
    }
    BERTH_TRY_VOID(session.execute(kRestoreEdges, {manifest.id, ids.front(), home}));
    BERTH_TRY_VOID(session.execute(kLinkBlobs, {manifest.id, home, now.ticks}));
    BERTH_TRY_VOID(remove_manifest_row(session, manifest.id));
    return add_to_counts(session, home, 1, 0, now);
}

Result<std::int64_t> forget_deleted_tag(db::Session& session, const oci::Repository& repository,
                                        const oci::Tag& tag, const oci::Digest& digest) {
    return session.execute(kRemoveTagsNamed, {repository.text(), digest.stored(), tag.text()});
}

Result<bool> is_purge_due(db::Session& session, Timestamp before) {
    BERTH_TRY(const std::vector<std::int64_t> tag,
              query_ids(session, kDueTags, {before.ticks, std::int64_t{1}}));
    BERTH_TRY(const std::vector<std::int64_t> manifest,
              query_ids(session, kDueManifests, {before.ticks, std::int64_t{1}}));
    return !tag.empty() || !manifest.empty();
}

Result<Purged> purge_deleted(db::Session& session, Timestamp before, std::uint32_t limit) {
    Purged purged;
    std::int64_t left = limit;
    BERTH_TRY(const std::vector<std::int64_t> tags,
              query_ids(session, kDueTags, {before.ticks, left}));
    for (const std::int64_t id : tags) {
        BERTH_TRY_VOID(purge_deleted_tag(session, id));
    }
    purged.tags = static_cast<std::int64_t>(tags.size());
    left -= purged.tags;
    std::vector<Due> due;
    BERTH_TRY_VOID(session.query(kDueManifests, {before.ticks, left}, [&due](const db::Row& row) {
        due.emplace_back(row.integer(0), row.integer(1));
        return true;
    }));
    for (const Due& manifest : due) {
        if (left <= 0) {
            break;
        }
        BERTH_TRY(const std::int64_t rows, remove_manifest_row(session, manifest.id));
        left -= rows + manifest.size / kBytesPerRow;
        purged.manifests += 1;
    }
    purged.more = left <= 0;
    return purged;
}

Result<void> purge_deleted_manifest(db::Session& session, std::int64_t id) {
    BERTH_TRY_VOID(remove_manifest_row(session, id));
    return {};
}

Result<void> purge_deleted_tag(db::Session& session, std::int64_t id) {
    BERTH_TRY_VOID(session.execute(kRemoveTag, {id}));
    return {};
}

}  // namespace berth::meta
