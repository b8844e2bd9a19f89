// SPDX-License-Identifier: Apache-2.0
#include "meta/tags.h"

#include "base/try.h"
#include "meta/columns.h"

namespace berth::meta {

namespace {

constexpr db::Sql kMove(
    "UPDATE tags SET digest = $3, updated_at = $4 WHERE repository_id = $1 AND name = $2");
constexpr db::Sql kInsert(
    "INSERT INTO tags (repository_id, name, digest, created_at, updated_at)"
    " VALUES ($1, $2, $3, $4, $4)");
constexpr db::Sql kRemove("DELETE FROM tags WHERE repository_id = $1 AND name = $2");
constexpr db::Sql kList(
    "SELECT name FROM tags WHERE repository_id = $1 AND name > $2 AND list_enabled = 1"
    " ORDER BY name LIMIT $3");

}  // namespace

Result<void> put_tag(db::Session& session, RepositoryId repository, const oci::Tag& tag,
                     const oci::Digest& digest, Timestamp now) {
    BERTH_TRY(const std::int64_t moved,
              session.execute(kMove, {repository, tag.text(), digest.stored(), now.ticks}));
    if (moved == 0) {
        BERTH_TRY_VOID(
            session.execute(kInsert, {repository, tag.text(), digest.stored(), now.ticks}));
    }
    return add_to_counts(session, repository, 0, moved == 0 ? 1 : 0, now);
}

Result<bool> remove_tag(db::Session& session, RepositoryId repository, const oci::Tag& tag,
                        Timestamp now) {
    BERTH_TRY(const std::int64_t removed, session.execute(kRemove, {repository, tag.text()}));
    if (removed == 0) {
        return false;
    }
    BERTH_TRY_VOID(add_to_counts(session, repository, 0, -removed, now));
    return true;
}

Result<Page<std::string>> list_tags(db::Session& session, RepositoryId repository,
                                    const PageRequest& page) {
    Page<std::string> names;
    BERTH_TRY_VOID(session.query(kList, {repository, page.last, rows_to_ask(page)},
                                 [&names, &page](const db::Row& row) {
                                     return add_to_page(names, page, std::string(row.text(0)));
                                 }));
    return names;
}

}  // namespace berth::meta
