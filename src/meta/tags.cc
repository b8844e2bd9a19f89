// SPDX-License-Identifier: Apache-2.0
#include "meta/tags.h"

#include "base/try.h"
#include "meta/columns.h"
#include "meta/deleted.h"
#include "meta/manifest_untaggings.h"
#include "meta/removed_items.h"
#include "meta/tag_columns.h"

namespace berth::meta {

namespace {

constexpr db::Sql kMove(
    "UPDATE tags SET digest = $3, updated_at = $4 WHERE repository_id = $1 AND name = $2");
constexpr db::Sql kInsert(
    "INSERT INTO tags (repository_id, name, digest, created_at, updated_at)"
    " VALUES ($1, $2, $3, $4, $4)");
constexpr db::Sql kFind(BERTH_SELECT_TAGS " WHERE tags.repository_id = $1 AND tags.name = $2");
constexpr db::Sql kChange(
    "UPDATE tags SET delete_enabled = COALESCE($3, delete_enabled),"
    " write_enabled = COALESCE($4, write_enabled), read_enabled = COALESCE($5, read_enabled),"
    " list_enabled = COALESCE($6, list_enabled) WHERE repository_id = $1 AND name = $2");
constexpr db::Sql kRemove("DELETE FROM tags WHERE repository_id = $1 AND name = $2");

}  // namespace

Result<void> put_tag(db::Session& session, RepositoryId repository, const oci::Tag& tag,
                     const oci::Digest& digest, Timestamp now) {
    BERTH_TRY_VOID(note_tag_moves(session, repository, tag.text(), digest, now));
    BERTH_TRY(const std::int64_t moved,
              session.execute(kMove, {repository, tag.text(), digest.stored(), now.ticks}));
    if (moved == 0) {
        BERTH_TRY_VOID(
            session.execute(kInsert, {repository, tag.text(), digest.stored(), now.ticks}));
    }
    return add_to_counts(session, repository, 0, moved == 0 ? 1 : 0, now);
}

Result<std::optional<TagRow>> find_tag(db::Session& session, RepositoryId repository,
                                       const oci::Tag& tag) {
    Result<std::optional<TagRow>> found(std::nullopt);
    BERTH_TRY_VOID(session.query(kFind, {repository, tag.text()}, [&found](const db::Row& row) {
        found = tag_columns(row);
        return false;
    }));
    return found;
}

Result<bool> change_tag(db::Session& session, RepositoryId repository, const oci::Tag& tag,
                        const AttributesChange& change) {
    BERTH_TRY(const std::int64_t changed,
              session.execute(
                  kChange, {repository, tag.text(), flag_or_null(change.delete_enabled),
                            flag_or_null(change.write_enabled), flag_or_null(change.read_enabled),
                            flag_or_null(change.list_enabled)}));
    return changed > 0;
}

Result<bool> remove_tag(db::Session& session, RepositoryId repository, const oci::Tag& tag,
                        Timestamp now, const Disposal& disposal) {
    BERTH_TRY(const std::int64_t noted, note_removed_tag(session, repository, tag.text(), now));
    if (noted == 0) {
        return false;
    }
    BERTH_TRY_VOID(keep_tag(session, repository, tag.text(), disposal, now));
    BERTH_TRY_VOID(note_tag_goes(session, repository, tag.text(), now));
    BERTH_TRY_VOID(session.execute(kRemove, {repository, tag.text()}));
    BERTH_TRY_VOID(add_to_counts(session, repository, 0, -1, now));
    return true;
}

}  // namespace berth::meta
