// SPDX-License-Identifier: Apache-2.0
#include "meta/stored_manifests.h"

#include "base/bytes.h"
#include "base/try.h"

namespace berth::meta {
namespace {

constexpr db::Sql kAfter(
    "SELECT manifests.id, manifests.repository_id, repositories.name, manifests.digest,"
    " manifests.media_type, manifests.size, manifests.bytes FROM manifests"
    " JOIN repositories ON repositories.id = manifests.repository_id"
    " WHERE manifests.id > $1 ORDER BY manifests.id LIMIT $2");
constexpr db::Sql kDeletedAfter(
    "SELECT id, 0, repository, digest, media_type, size, bytes FROM deleted_manifests"
    " WHERE id > $1 ORDER BY id LIMIT $2");
constexpr db::Sql kById(
    "SELECT manifests.id, manifests.repository_id, repositories.name, manifests.digest,"
    " manifests.media_type, manifests.size, manifests.bytes FROM manifests"
    " JOIN repositories ON repositories.id = manifests.repository_id WHERE manifests.id = $1");
constexpr db::Sql kEdges(
    "SELECT role, digest FROM manifest_references WHERE manifest_id = $1 ORDER BY position");
constexpr db::Sql kEmpty("UPDATE manifests SET bytes = x'' WHERE id = $1");
// A detached one is being taken apart: its counters are of no use to anybody.
constexpr db::Sql kCounters(
    "SELECT id, name, manifest_count, (SELECT count(*) FROM manifests"
    " WHERE manifests.repository_id = repositories.id), tag_count, (SELECT count(*) FROM tags"
    " WHERE tags.repository_id = repositories.id), detached_at FROM repositories WHERE id > $1"
    " ORDER BY id LIMIT $2");
// It may have been detached since it was found: with a count it would be listed.
constexpr db::Sql kRecount(
    "UPDATE repositories SET manifest_count = (SELECT count(*) FROM manifests"
    " WHERE manifests.repository_id = repositories.id), tag_count = (SELECT count(*) FROM tags"
    " WHERE tags.repository_id = repositories.id) WHERE id = $1 AND detached_at IS NULL");
constexpr db::Sql kIntegrityCheck("PRAGMA integrity_check(100)");
constexpr db::Sql kQuickCheck("PRAGMA quick_check(100)");
constexpr db::Sql kForeignKeyCheck("PRAGMA foreign_key_check");
constexpr std::size_t kComplaintsMax = 100;

WholeManifest manifest_of(const db::Row& row) {
    WholeManifest manifest;
    manifest.id = row.integer(0);
    manifest.repository_id = row.integer(1);
    manifest.repository = row.text(2);
    manifest.digest = oci::Digest::from_stored(row.bytes(3));
    manifest.media_type = row.text(4);
    manifest.size = static_cast<std::uint64_t>(row.integer(5));
    manifest.bytes = as_text(row.bytes(6));
    return manifest;
}

Result<std::vector<WholeManifest>> list_manifests(db::Session& session, const db::Sql& sql,
                                                  std::int64_t after, std::uint32_t limit) {
    std::vector<WholeManifest> manifests;
    BERTH_TRY_VOID(session.query(sql, {after, static_cast<std::int64_t>(limit)},
                                 [&manifests](const db::Row& row) {
                                     manifests.push_back(manifest_of(row));
                                     return true;
                                 }));
    return manifests;
}

}  // namespace

Result<std::vector<WholeManifest>> manifests_after(db::Session& session, std::int64_t after,
                                                   std::uint32_t limit) {
    return list_manifests(session, kAfter, after, limit);
}

Result<std::vector<WholeManifest>> deleted_manifests_after(db::Session& session, std::int64_t after,
                                                           std::uint32_t limit) {
    return list_manifests(session, kDeletedAfter, after, limit);
}

Result<std::optional<WholeManifest>> find_whole_manifest(db::Session& session, std::int64_t id) {
    std::optional<WholeManifest> manifest;
    BERTH_TRY_VOID(session.query(kById, {id}, [&manifest](const db::Row& row) {
        manifest = manifest_of(row);
        return false;
    }));
    return manifest;
}

Result<std::vector<WholeManifest::Edge>> edges_of(db::Session& session, std::int64_t manifest_id) {
    std::vector<WholeManifest::Edge> edges;
    BERTH_TRY_VOID(session.query(kEdges, {manifest_id}, [&edges](const db::Row& row) {
        edges.push_back({row.integer(0), std::string(as_text(row.bytes(1)))});
        return true;
    }));
    return edges;
}

Result<bool> empty_manifest(db::Session& session, std::int64_t id) {
    BERTH_TRY(const std::int64_t changed, session.execute(kEmpty, {id}));
    return changed > 0;
}

Result<std::vector<Miscount>> miscounted_after(db::Session& session, RepositoryId after,
                                               std::uint32_t limit, RepositoryId& last) {
    std::vector<Miscount> wrong;
    last = 0;
    const auto visit = [&wrong, &last](const db::Row& row) {
        last = row.integer(0);
        Miscount one;
        one.id = last;
        one.name = row.text(1);
        one.manifests_said = row.integer(2);
        one.manifests = row.integer(3);
        one.tags_said = row.integer(4);
        one.tags = row.integer(5);
        const bool agrees = one.manifests_said == one.manifests && one.tags_said == one.tags;
        if (row.is_null(6) && !agrees) {
            wrong.push_back(std::move(one));
        }
        return true;
    };
    BERTH_TRY_VOID(session.query(kCounters, {after, static_cast<std::int64_t>(limit)}, visit));
    return wrong;
}

Result<void> recount(db::Session& session, RepositoryId id) {
    BERTH_TRY_VOID(session.execute(kRecount, {id}));
    return {};
}

Result<std::vector<std::string>> check_pages(db::Session& session, bool quick) {
    std::vector<std::string> complaints;
    BERTH_TRY_VOID(
        session.query(quick ? kQuickCheck : kIntegrityCheck, {}, [&complaints](const db::Row& row) {
            if (row.text(0) != "ok") {
                complaints.emplace_back(row.text(0));
            }
            return true;
        }));
    return complaints;
}

Result<std::vector<std::string>> check_foreign_keys(db::Session& session) {
    std::vector<std::string> complaints;
    BERTH_TRY_VOID(session.query(kForeignKeyCheck, {}, [&complaints](const db::Row& row) {
        std::string text(row.text(0));
        text.append(" -> ").append(row.text(2));
        complaints.push_back(std::move(text));
        return complaints.size() < kComplaintsMax;
    }));
    return complaints;
}

}  // namespace berth::meta
