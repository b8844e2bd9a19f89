// SPDX-License-Identifier: Apache-2.0
//
// Manifest rows as the metadata API shows them: one, lists of them in each order, and changing one.
#include "meta/manifest_rows.h"

#include "base/try.h"
#include "meta/columns.h"
#include "meta/removed_items.h"

namespace berth::meta {

namespace {

// To be followed by WHERE.
#define BERTH_SELECT_MANIFESTS                                                         \
    "SELECT digest, image_size, created_at, updated_at, architecture, os, media_type," \
    " config_media_type, delete_enabled, write_enabled, read_enabled, list_enabled,"   \
    " quarantine_details, quarantine_state FROM manifests"

constexpr db::Sql kFind(BERTH_SELECT_MANIFESTS " WHERE repository_id = $1 AND digest = $2");
constexpr db::Sql kByDigest(BERTH_SELECT_MANIFESTS
                            " WHERE repository_id = $1 AND digest > $2 AND list_enabled = 1"
                            " ORDER BY digest LIMIT $3");
constexpr db::Sql kOldestFirst(BERTH_SELECT_MANIFESTS
                               " WHERE repository_id = $1 AND list_enabled = 1"
                               " AND (updated_at, digest) > ($4, $2)"
                               " ORDER BY updated_at, digest LIMIT $3");
constexpr db::Sql kNewestFirst(BERTH_SELECT_MANIFESTS
                               " WHERE repository_id = $1 AND list_enabled = 1"
                               " AND (updated_at, digest) < ($4, $2)"
                               " ORDER BY updated_at DESC, digest DESC LIMIT $3");
constexpr db::Sql kTime(
    "SELECT updated_at FROM manifests WHERE repository_id = $1 AND digest = $2");
constexpr db::Sql kAllDigests(
    "SELECT digest FROM manifests WHERE repository_id = $1 AND digest > $2"
    " ORDER BY digest LIMIT $3");
constexpr db::Sql kTags(
    "SELECT name FROM tags WHERE repository_id = $1 AND digest = $2 ORDER BY name");
constexpr db::Sql kChildren(
    "SELECT child.digest, child.architecture, child.os FROM manifests"
    " JOIN manifest_references AS child ON child.manifest_id = manifests.id AND child.role = 3"
    " WHERE manifests.repository_id = $1 AND manifests.digest = $2 ORDER BY child.position");
constexpr db::Sql kChange(
    "UPDATE manifests SET delete_enabled = COALESCE($3, delete_enabled),"
    " write_enabled = COALESCE($4, write_enabled), read_enabled = COALESCE($5, read_enabled),"
    " list_enabled = COALESCE($6, list_enabled),"
    " quarantine_state = COALESCE($7, quarantine_state),"
    " quarantine_details = COALESCE($8, quarantine_details)"
    " WHERE repository_id = $1 AND digest = $2");

Result<ManifestRow> manifest_columns(const db::Row& row) {
    BERTH_TRY(const oci::Digest digest, digest_column(row, 0));
    ManifestRow manifest(digest);
    manifest.image_size = static_cast<std::uint64_t>(row.integer(1));
    manifest.created = Timestamp{row.integer(2)};
    manifest.updated = Timestamp{row.integer(3)};
    manifest.architecture = row.text(4);
    manifest.os = row.text(5);
    manifest.media_type = row.text(6);
    manifest.config_media_type = row.text(7);
    manifest.attributes = attributes_columns(row, 8);
    manifest.quarantine_details = row.text(12);
    manifest.quarantine_state = row.text(13);
    return manifest;
}

Result<void> add_tags(db::Session& session, RepositoryId repository, ManifestRow& manifest) {
    return session.query(kTags, {repository, manifest.digest.stored()},
                         [&manifest](const db::Row& row) {
                             manifest.tags.emplace_back(row.text(0));
                             return true;
                         });
}

// The time behind which the page begins; nullopt when nobody remembers the manifest.
Result<std::optional<Timestamp>> time_of(db::Session& session, RepositoryId repository,
                                         const oci::Digest& digest) {
    std::optional<Timestamp> time;
    BERTH_TRY_VOID(session.query(kTime, {repository, digest.stored()}, [&time](const db::Row& row) {
        time = Timestamp{row.integer(0)};
        return false;
    }));
    if (time) {
        return time;
    }
    return find_removed_item(session, repository, ItemKind::manifest, digest.text());
}

// A page without the manifests' tags.
Result<Page<ManifestRow>> list_bare_rows(db::Session& session, RepositoryId repository, Order order,
                                         const PageRequest& page) {
    BERTH_TRY(const std::optional<oci::Digest> last, last_digest(page));
    const ByteView name = last ? last->stored() : ByteView();
    if (order == Order::by_name) {
        return query_page<ManifestRow>(session, kByDigest, {repository, name, rows_to_ask(page)},
                                       page, manifest_columns);
    }
    std::optional<Timestamp> after{start_of_time_order(order)};
    if (last) {
        BERTH_TRY(after, time_of(session, repository, *last));
    }
    if (!after) {
        return Page<ManifestRow>();
    }
    return query_page<ManifestRow>(
        session, order == Order::oldest_first ? kOldestFirst : kNewestFirst,
        {repository, name, rows_to_ask(page), after->ticks}, page, manifest_columns);
}

db::Value value_or_null(const std::optional<std::string>& text) {
    if (!text) {
        return std::monostate();
    }
    return std::string_view(*text);
}

}  // namespace

Result<std::optional<ManifestRow>> find_manifest_row(db::Session& session, RepositoryId repository,
                                                     const oci::Digest& digest) {
    Result<std::optional<ManifestRow>> found(std::nullopt);
    BERTH_TRY_VOID(
        session.query(kFind, {repository, digest.stored()}, [&found](const db::Row& row) {
            found = manifest_columns(row);
            return false;
        }));
    if (found && *found) {
        BERTH_TRY_VOID(add_tags(session, repository, **found));
    }
    return found;
}

Result<std::vector<ChildRow>> list_children(db::Session& session, RepositoryId repository,
                                            const oci::Digest& digest) {
    Result<std::vector<ChildRow>> children;
    BERTH_TRY_VOID(
        session.query(kChildren, {repository, digest.stored()}, [&children](const db::Row& row) {
            Result<oci::Digest> child = digest_column(row, 0);
            if (!child) {
                children = fail(std::move(child).error());
                return false;
            }
            children->emplace_back(*child, std::string(row.text(1)), std::string(row.text(2)));
            return true;
        }));
    return children;
}

Result<bool> change_manifest(db::Session& session, RepositoryId repository,
                             const oci::Digest& digest, const ManifestChange& change) {
    const AttributesChange& flags = change.attributes;
    BERTH_TRY(
        const std::int64_t changed,
        session.execute(kChange,
                        {repository, digest.stored(), flag_or_null(flags.delete_enabled),
                         flag_or_null(flags.write_enabled), flag_or_null(flags.read_enabled),
                         flag_or_null(flags.list_enabled), value_or_null(change.quarantine_state),
                         value_or_null(change.quarantine_details)}));
    return changed > 0;
}

Result<Page<ManifestRow>> list_manifest_rows(db::Session& session, RepositoryId repository,
                                             Order order, const PageRequest& page) {
    BERTH_TRY(Page<ManifestRow> rows, list_bare_rows(session, repository, order, page));
    for (ManifestRow& manifest : rows.items) {
        BERTH_TRY_VOID(add_tags(session, repository, manifest));
    }
    return rows;
}

Result<Page<std::string>> list_all_manifests(db::Session& session, RepositoryId repository,
                                             const PageRequest& page) {
    BERTH_TRY(const std::optional<oci::Digest> last, last_digest(page));
    const ByteView after = last ? last->stored() : ByteView();
    return query_page<std::string>(session, kAllDigests, {repository, after, rows_to_ask(page)},
                                   page, [](const db::Row& row) -> Result<std::string> {
                                       BERTH_TRY(const oci::Digest digest, digest_column(row, 0));
                                       return digest.text();
                                   });
}

}  // namespace berth::meta
