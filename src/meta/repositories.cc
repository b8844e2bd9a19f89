// SPDX-License-Identifier: Apache-2.0
#include "meta/repositories.h"

#include "base/try.h"
#include "meta/columns.h"

namespace berth::meta {

namespace {

constexpr db::Sql kFind(
    "SELECT id, manifest_count, tag_count, created_at, updated_at, delete_enabled, write_enabled,"
    " read_enabled, list_enabled, teleport_enabled FROM repositories WHERE name = $1");
constexpr db::Sql kInsert(
    "INSERT INTO repositories (name, created_at, updated_at) VALUES ($1, $2, $2)"
    " ON CONFLICT (name) DO NOTHING RETURNING id");
constexpr db::Sql kListAfter(
    "SELECT name FROM repositories WHERE manifest_count > 0 AND list_enabled = 1"
    " AND name > $1 AND name < $2 ORDER BY name LIMIT $3");
constexpr db::Sql kListFrom(
    "SELECT name FROM repositories WHERE manifest_count > 0 AND list_enabled = 1"
    " AND name >= $1 AND name < $2 ORDER BY name LIMIT $3");
/// After every name: names are ASCII.
constexpr std::string_view kBehindAll = "\x7F";
constexpr db::Sql kAddToCounts(
    "UPDATE repositories SET"
    " created_at = CASE WHEN manifest_count = 0 AND $2 > 0 THEN $4 ELSE created_at END,"
    " manifest_count = manifest_count + $2, tag_count = tag_count + $3, updated_at = $4"
    " WHERE id = $1");
constexpr db::Sql kResetWhenEmpty(
    "UPDATE repositories SET delete_enabled = 1, write_enabled = 1, read_enabled = 1,"
    " list_enabled = 1, teleport_enabled = 0 WHERE id = $1 AND manifest_count = 0");
constexpr db::Sql kChange(
    "UPDATE repositories SET delete_enabled = COALESCE($2, delete_enabled),"
    " write_enabled = COALESCE($3, write_enabled), read_enabled = COALESCE($4, read_enabled),"
    " list_enabled = COALESCE($5, list_enabled),"
    " teleport_enabled = COALESCE($6, teleport_enabled) WHERE id = $1");

}  // namespace

Result<std::optional<RepositoryRow>> find_repository(db::Session& session,
                                                     const oci::Repository& name) {
    std::optional<RepositoryRow> found;
    BERTH_TRY_VOID(session.query(kFind, {name.text()}, [&found](const db::Row& row) {
        found.emplace();
        found->id = row.integer(0);
        found->manifest_count = row.integer(1);
        found->tag_count = row.integer(2);
        found->created = Timestamp{row.integer(3)};
        found->updated = Timestamp{row.integer(4)};
        found->attributes = attributes_columns(row, 5);
        found->teleport_enabled = row.integer(9) != 0;
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

Result<void> change_repository(db::Session& session, RepositoryId id,
                               const AttributesChange& change,
                               std::optional<bool> teleport_enabled) {
    BERTH_TRY(const std::int64_t changed,
              session.execute(
                  kChange, {id, flag_or_null(change.delete_enabled),
                            flag_or_null(change.write_enabled), flag_or_null(change.read_enabled),
                            flag_or_null(change.list_enabled), flag_or_null(teleport_enabled)}));
    if (changed != 1) {
        return fail(Errc::internal, "changing a repository that has no row");
    }
    return {};
}

Result<Page<std::string>> list_repositories(db::Session& session, const PageRequest& request,
                                            const oci::NameRanges& among) {
    Page<std::string> page;
    for (const oci::NameRange& range : among) {
        const std::string_view end = range.end.empty() ? kBehindAll : std::string_view(range.end);
        if (page.more || request.last >= end) {
            continue;
        }
        const bool inside = request.last >= range.begin;
        const std::string_view start = inside ? request.last : range.begin;
        BERTH_TRY_VOID(
            session.query(inside ? kListAfter : kListFrom, {start, end, rows_to_ask(request)},
                          [&page, &request](const db::Row& row) {
                              return add_to_page(page, request, std::string(row.text(0)));
                          }));
    }
    return page;
}

Result<void> add_to_counts(db::Session& session, RepositoryId id, std::int64_t manifests,
                           std::int64_t tags, Timestamp now) {
    BERTH_TRY(const std::int64_t changed,
              session.execute(kAddToCounts, {id, manifests, tags, now.ticks}));
    if (changed != 1) {
        return fail(Errc::internal, "counting in a repository that has no row");
    }
    if (manifests < 0) {
        BERTH_TRY_VOID(session.execute(kResetWhenEmpty, {id}));
    }
    return {};
}

}  // namespace berth::meta
