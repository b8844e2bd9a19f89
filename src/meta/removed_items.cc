// SPDX-License-Identifier: Apache-2.0
#include "meta/removed_items.h"

#include "base/try.h"

#include <string>
#include <vector>

namespace berth::meta {

namespace {

constexpr db::Sql kFind(
    "SELECT updated_at FROM removed_items WHERE repository_id = $1 AND kind = $2 AND name = $3");
// What is removed once more stands where it stood last.
constexpr db::Sql kNoteTag(
    "INSERT INTO removed_items (repository_id, kind, name, updated_at, removed_at)"
    " SELECT repository_id, 1, name, updated_at, $3 FROM tags"
    " WHERE repository_id = $1 AND name = $2"
    " ON CONFLICT (repository_id, kind, name) DO UPDATE SET updated_at = excluded.updated_at,"
    " removed_at = excluded.removed_at");
constexpr db::Sql kNoteTags(
    "INSERT INTO removed_items (repository_id, kind, name, updated_at, removed_at)"
    " SELECT repository_id, 1, name, updated_at, $3 FROM tags"
    " WHERE repository_id = $1 AND digest = $2"
    " ON CONFLICT (repository_id, kind, name) DO UPDATE SET updated_at = excluded.updated_at,"
    " removed_at = excluded.removed_at");
constexpr db::Sql kNoteManifest(
    "INSERT INTO removed_items (repository_id, kind, name, updated_at, removed_at)"
    " SELECT repository_id, 2, $3, updated_at, $4 FROM manifests"
    " WHERE repository_id = $1 AND digest = $2"
    " ON CONFLICT (repository_id, kind, name) DO UPDATE SET updated_at = excluded.updated_at,"
    " removed_at = excluded.removed_at");
constexpr db::Sql kOldest(
    "SELECT repository_id, kind, name FROM removed_items WHERE removed_at < $1"
    " ORDER BY removed_at LIMIT $2");
constexpr db::Sql kForget(
    "DELETE FROM removed_items WHERE repository_id = $1 AND kind = $2 AND name = $3");

struct Key {
    Key(RepositoryId in, std::int64_t of_kind, std::string_view named)
        : repository(in), kind(of_kind), name(named) {}

    RepositoryId repository;
    std::int64_t kind;
    std::string name;
};

}  // namespace

Result<std::optional<Timestamp>> find_removed_item(db::Session& session, RepositoryId repository,
                                                   ItemKind kind, std::string_view name) {
    std::optional<Timestamp> found;
    BERTH_TRY_VOID(session.query(kFind, {repository, static_cast<std::int64_t>(kind), name},
                                 [&found](const db::Row& row) {
                                     found = Timestamp{row.integer(0)};
                                     return false;
                                 }));
    return found;
}

Result<std::int64_t> note_removed_tag(db::Session& session, RepositoryId repository,
                                      std::string_view tag, Timestamp now) {
    return session.execute(kNoteTag, {repository, tag, now.ticks});
}

Result<std::int64_t> note_removed_tags(db::Session& session, RepositoryId repository,
                                       const oci::Digest& digest, Timestamp now) {
    return session.execute(kNoteTags, {repository, digest.stored(), now.ticks});
}

Result<std::int64_t> note_removed_manifest(db::Session& session, RepositoryId repository,
                                           const oci::Digest& digest, Timestamp now) {
    const std::string name = digest.text();
    return session.execute(kNoteManifest, {repository, digest.stored(), name, now.ticks});
}

Result<std::int64_t> forget_removed_items(db::Session& session, Timestamp before,
                                          std::uint32_t limit) {
    // One by one: SQLite walks all of a kind for an IN of several columns.
    std::vector<Key> keys;
    BERTH_TRY_VOID(session.query(kOldest, {before.ticks, static_cast<std::int64_t>(limit)},
                                 [&keys](const db::Row& row) {
                                     keys.emplace_back(row.integer(0), row.integer(1), row.text(2));
                                     return true;
                                 }));
    for (const Key& key : keys) {
        BERTH_TRY_VOID(session.execute(kForget, {key.repository, key.kind, key.name}));
    }
    return static_cast<std::int64_t>(keys.size());
}

}  // namespace berth::meta
