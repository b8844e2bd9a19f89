// SPDX-License-Identifier: Apache-2.0
//
// What stands in the way of a deletion (docs/locks.md "Deleting"), asked through the small indexes
// of locked tags and manifests. Writes only, inside the transaction that deletes.
#include "base/try.h"
#include "meta/manifests.h"
#include "meta/repositories.h"

namespace berth::meta {

namespace {

constexpr db::Sql kHoldsLocked(
    "SELECT 1 FROM tags WHERE repository_id = $1 AND delete_enabled + write_enabled < 2"
    " UNION ALL"
    " SELECT 1 FROM manifests WHERE repository_id = $1 AND delete_enabled + write_enabled < 2"
    " LIMIT 1");
// Roles 1 and 2 are blobs (schema/0001_initial.sql).
constexpr db::Sql kHeld(
    "SELECT 1 FROM manifest_references"
    " JOIN manifests ON manifests.id = manifest_references.manifest_id"
    " WHERE manifest_references.repository_id = $1 AND manifest_references.digest = $2"
    " AND manifest_references.role IN (1, 2)"
    " AND (manifests.delete_enabled + manifests.write_enabled < 2 OR EXISTS"
    " (SELECT 1 FROM tags WHERE tags.repository_id = $1 AND tags.digest = manifests.digest"
    " AND tags.delete_enabled + tags.write_enabled < 2)) LIMIT 1");

Result<bool> has_row(db::Session& session, const db::Sql& sql,
                     std::initializer_list<db::Value> parameters) {
    bool found = false;
    BERTH_TRY_VOID(session.query(sql, parameters, [&found](const db::Row&) {
        found = true;
        return false;
    }));
    return found;
}

}  // namespace

Result<bool> holds_locked_items(db::Session& session, RepositoryId id) {
    return has_row(session, kHoldsLocked, {id});
}

// A base layer may have many manifests: they are only looked at where something is locked at all.
Result<bool> is_held_by_lock(db::Session& session, RepositoryId repository,
                             const oci::Digest& digest) {
    BERTH_TRY(const bool anything_locked, holds_locked_items(session, repository));
    if (!anything_locked) {
        return false;
    }
    return has_row(session, kHeld, {repository, digest.stored()});
}

}  // namespace berth::meta
