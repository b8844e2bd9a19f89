// SPDX-License-Identifier: Apache-2.0
#include "meta/repositories.h"

#include "base/try.h"
#include "meta/columns.h"

namespace berth::meta {

namespace {

constexpr db::Sql kFind("SELECT id, manifest_count, tag_count FROM repositories WHERE name = $1");
constexpr db::Sql kInsert(
    "INSERT INTO repositories (name, created_at, updated_at) VALUES ($1, $2, $2)"
    " ON CONFLICT (name) DO NOTHING RETURNING id");
constexpr db::Sql kListVisible(
    "SELECT name FROM repositories"
    " WHERE manifest_count > 0 AND list_enabled = 1 AND name > $1 ORDER BY name LIMIT $2");
constexpr db::Sql kAddToCounts(
    "UPDATE repositories SET manifest_count = manifest_count + $2, tag_count = tag_count + $3,"
    " updated_at = $4 WHERE id = $1");

}  // namespace

Result<std::optional<RepositoryRow>> find_repository(db::Session& session,
                                                     const oci::Repository& name) {
    std::optional<RepositoryRow> found;
    BERTH_TRY_VOID(session.query(kFind, {name.text()}, [&found](const db::Row& row) {
        found.emplace();
        found->id = row.integer(0);
        found->manifest_count = row.integer(1);
        found->tag_count = row.integer(2);
        return false;
    }));
    return found;
}

Result<RepositoryId> ensure_repository(db::Session& session, const oci::Repository& name,
                                       Timestamp now) {
    BERTH_TRY(const std::optional<RepositoryRow> known, find_repository(session, name));
    if (known) {
        return known->id;
    }
    RepositoryId id = 0;
    BERTH_TRY_VOID(session.query(kInsert, {name.text(), now.ticks}, [&id](const db::Row& row) {
        id = row.integer(0);
        return false;
    }));
    if (id == 0) {
        // Another writer was first; only an engine with several writers comes here.
        return fail(Errc::conflict, "repository row appeared meanwhile");
    }
    return id;
}

Result<Page<std::string>> list_repositories(db::Session& session, const PageRequest& page) {
    Page<std::string> names;
    BERTH_TRY_VOID(session.query(kListVisible, {page.last, rows_to_ask(page)},
                                 [&names, &page](const db::Row& row) {
                                     return add_to_page(names, page, std::string(row.text(0)));
                                 }));
    return names;
}

Result<void> add_to_counts(db::Session& session, RepositoryId id, std::int64_t manifests,
                           std::int64_t tags, Timestamp now) {
    BERTH_TRY(const std::int64_t changed,
              session.execute(kAddToCounts, {id, manifests, tags, now.ticks}));
    if (changed != 1) {
        return fail(Errc::internal, "counting in a repository that has no row");
    }
    return {};
}

}  // namespace berth::meta
