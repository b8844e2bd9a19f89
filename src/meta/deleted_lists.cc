// SPDX-License-Identifier: Apache-2.0
//
// What is in the bin: lists for clients, lookups for restoring, counts.
#include "base/try.h"
#include "meta/columns.h"
#include "meta/deleted.h"

#include <array>
#include <charconv>

namespace berth::meta {

namespace {

// To be followed by WHERE.
#define BERTH_SELECT_DELETED                                                            \
    "SELECT id, digest, image_size, media_type, artifact_type, created_at, updated_at," \
    " deleted_at, purge_at, deleted_by FROM deleted_manifests"
#define BERTH_SELECT_DELETED_TAGS                                                       \
    "SELECT id, name, digest, created_at, updated_at, deleted_at, purge_at, deleted_by" \
    " FROM deleted_tags"

// The first repository of either table.
using Pair = std::array<db::Sql, 2>;
constexpr Pair kBehind = {db::Sql("SELECT repository FROM deleted_manifests WHERE repository > $1"
                                  " ORDER BY repository LIMIT 1"),
                          db::Sql("SELECT repository FROM deleted_tags WHERE repository > $1"
                                  " ORDER BY repository LIMIT 1")};
constexpr Pair kFrom = {db::Sql("SELECT repository FROM deleted_manifests WHERE repository >= $1"
                                " ORDER BY repository LIMIT 1"),
                        db::Sql("SELECT repository FROM deleted_tags WHERE repository >= $1"
                                " ORDER BY repository LIMIT 1")};
constexpr db::Sql kHasManifest(
    "SELECT 1 FROM deleted_manifests WHERE repository = $1 ORDER BY digest LIMIT 1");
constexpr db::Sql kHasTag("SELECT 1 FROM deleted_tags WHERE repository = $1 ORDER BY id LIMIT 1");
constexpr db::Sql kManifests(BERTH_SELECT_DELETED
                             " WHERE repository = $1 AND digest > $2 ORDER BY digest LIMIT $3");
constexpr db::Sql kManifest(BERTH_SELECT_DELETED " WHERE repository = $1 AND digest = $2");
constexpr db::Sql kTags(BERTH_SELECT_DELETED_TAGS
                        " WHERE repository = $1 AND id > $2 ORDER BY id LIMIT $3");
constexpr db::Sql kTagsOfDigest(BERTH_SELECT_DELETED_TAGS
                                " WHERE repository = $1 AND digest = $2 ORDER BY id LIMIT $3");
constexpr db::Sql kReferrers(
    "SELECT digest FROM deleted_manifests WHERE repository = $1 AND subject = $2"
    " AND deleted_at = $3");
constexpr db::Sql kChildren(
    "SELECT deleted_manifests.digest FROM manifests"
    " CROSS JOIN manifest_references ON manifest_references.manifest_id = manifests.id"
    " AND manifest_references.role = 3"
    " CROSS JOIN deleted_manifests ON deleted_manifests.repository = $3"
    " AND deleted_manifests.digest = manifest_references.digest"
    " WHERE manifests.repository_id = $1 AND manifests.digest = $2");
constexpr db::Sql kManifestIds(
    "SELECT id FROM deleted_manifests WHERE id > $1 ORDER BY id LIMIT $2");
constexpr db::Sql kTagIds("SELECT id FROM deleted_tags WHERE id > $1 ORDER BY id LIMIT $2");

Result<DeletedManifestRow> manifest_columns(const db::Row& row) {
    BERTH_TRY(const oci::Digest digest, digest_column(row, 1));
    DeletedManifestRow manifest(digest);
    manifest.id = row.integer(0);
    manifest.image_size = static_cast<std::uint64_t>(row.integer(2));
    manifest.media_type = row.text(3);
    manifest.artifact_type = row.text(4);
    manifest.created = Timestamp{row.integer(5)};
    manifest.updated = Timestamp{row.integer(6)};
    manifest.deleted = Timestamp{row.integer(7)};
    manifest.purge = Timestamp{row.integer(8)};
    manifest.deleted_by = row.text(9);
    return manifest;
}

Result<DeletedTagRow> tag_columns(const db::Row& row) {
    BERTH_TRY(const oci::Digest digest, digest_column(row, 2));
    DeletedTagRow tag(std::string(row.text(1)), digest);
    tag.id = row.integer(0);
    tag.created = Timestamp{row.integer(3)};
    tag.updated = Timestamp{row.integer(4)};
    tag.deleted = Timestamp{row.integer(5)};
    tag.purge = Timestamp{row.integer(6)};
    tag.deleted_by = row.text(7);
    return tag;
}

/// Empty: none.
Result<std::string> next_repository(db::Session& session, const Pair& statements,
                                    std::string_view start) {
    std::string next;
    for (const db::Sql& sql : statements) {
        BERTH_TRY_VOID(session.query(sql, {start}, [&next](const db::Row& row) {
            const std::string_view name = row.text(0);
            if (next.empty() || name < next) {
                next = name;
            }
            return false;
        }));
    }
    return next;
}

Result<bool> has_row(db::Session& session, const db::Sql& sql, std::string_view repository) {
    bool found = false;
    BERTH_TRY_VOID(session.query(sql, {repository}, [&found](const db::Row&) {
        found = true;
        return false;
    }));
    return found;
}

Result<std::int64_t> last_id(const PageRequest& page) {
    std::int64_t id = 0;
    if (page.last.empty()) {
        return id;
    }
    const char* const end = page.last.data() + page.last.size();
    const auto [stopped, error] = std::from_chars(page.last.data(), end, id);
    if (error != std::errc() || stopped != end) {
        return fail(Errc::pagination_invalid, "`last` of a list of deleted tags is no number");
    }
    return id;
}

Result<std::vector<oci::Digest>> query_digests(db::Session& session, const db::Sql& sql,
                                               std::initializer_list<db::Value> parameters) {
    Result<std::vector<oci::Digest>> found;
    BERTH_TRY_VOID(session.query(sql, parameters, [&found](const db::Row& row) {
        Result<oci::Digest> digest = digest_column(row, 0);
        if (!digest) {
            found = fail(std::move(digest).error());
            return false;
        }
        found->push_back(*digest);
        return true;
    }));
    return found;
}

Result<BinCount> count(db::Session& session, const db::Sql& sql, std::int64_t after,
                       std::uint32_t limit) {
    BinCount found;
    found.last_id = after;
    BERTH_TRY_VOID(
        session.query(sql, {after, static_cast<std::int64_t>(limit)}, [&found](const db::Row& row) {
            found.rows += 1;
            found.last_id = row.integer(0);
            return true;
        }));
    return found;
}

}  // namespace

// Two lookups a name: there is no table of the names.
Result<Page<std::string>> list_deleted_repositories(db::Session& session,
                                                    const PageRequest& request,
                                                    const oci::NameRanges& among) {
    Page<std::string> page;
    for (const oci::NameRange& range : among) {
        const bool inside = request.last >= range.begin;
        BERTH_TRY(std::string next, inside ? next_repository(session, kBehind, request.last)
                                           : next_repository(session, kFrom, range.begin));
        while (!next.empty() && (range.end.empty() || next < range.end)) {
            if (!add_to_page(page, request, next)) {
                return page;
            }
            BERTH_TRY(next, next_repository(session, kBehind, next));
        }
    }
    return page;
}

Result<bool> has_deleted_items(db::Session& session, const oci::Repository& repository) {
    BERTH_TRY(const bool manifest, has_row(session, kHasManifest, repository.text()));
    if (manifest) {
        return true;
    }
    return has_row(session, kHasTag, repository.text());
}

Result<Page<DeletedManifestRow>> list_deleted_manifests(db::Session& session,
                                                        const oci::Repository& repository,
                                                        const PageRequest& page) {
    BERTH_TRY(const std::optional<oci::Digest> last, last_digest(page));
    const ByteView after = last ? last->stored() : ByteView();
    return query_page<DeletedManifestRow>(
        session, kManifests, {repository.text(), after, rows_to_ask(page)}, page, manifest_columns);
}

Result<Page<DeletedTagRow>> list_deleted_tags(db::Session& session,
                                              const oci::Repository& repository,
                                              const PageRequest& page) {
    BERTH_TRY(const std::int64_t after, last_id(page));
    return query_page<DeletedTagRow>(session, kTags, {repository.text(), after, rows_to_ask(page)},
                                     page, tag_columns);
}

Result<std::vector<DeletedTagRow>> deleted_tags_of(db::Session& session,
                                                   const oci::Repository& repository,
                                                   const oci::Digest& digest, std::uint32_t limit) {
    const PageRequest request(limit, "");
    BERTH_TRY(Page<DeletedTagRow> page,
              query_page<DeletedTagRow>(session, kTagsOfDigest,
                                        {repository.text(), digest.stored(), rows_to_ask(request)},
                                        request, tag_columns));
    return std::move(page.items);
}

Result<std::optional<DeletedManifestRow>> find_deleted_manifest(db::Session& session,
                                                                const oci::Repository& repository,
                                                                const oci::Digest& digest) {
    Result<std::optional<DeletedManifestRow>> found(std::nullopt);
    BERTH_TRY_VOID(session.query(kManifest, {repository.text(), digest.stored()},
                                 [&found](const db::Row& row) {
                                     found = manifest_columns(row);
                                     return false;
                                 }));
    return found;
}

Result<std::vector<oci::Digest>> deleted_referrers(db::Session& session,
                                                   const oci::Repository& repository,
                                                   const oci::Digest& subject, Timestamp deleted) {
    return query_digests(session, kReferrers, {repository.text(), subject.stored(), deleted.ticks});
}

Result<std::vector<oci::Digest>> deleted_children(db::Session& session, RepositoryId home,
                                                  const oci::Repository& repository,
                                                  const oci::Digest& parent) {
    return query_digests(session, kChildren, {home, parent.stored(), repository.text()});
}

Result<BinCount> count_deleted_manifests(db::Session& session, std::int64_t after,
                                         std::uint32_t limit) {
    return count(session, kManifestIds, after, limit);
}

Result<BinCount> count_deleted_tags(db::Session& session, std::int64_t after, std::uint32_t limit) {
    return count(session, kTagIds, after, limit);
}

}  // namespace berth::meta
