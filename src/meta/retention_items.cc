// SPDX-License-Identifier: Apache-2.0
#include "meta/retention_items.h"

#include "base/try.h"
#include "meta/columns.h"

namespace berth::meta {

namespace {

// Detached ones have no name that a client could ask for; '#' sorts before all others.
constexpr db::Sql kRepositories(
    "SELECT id, name FROM repositories WHERE name > $1 AND name >= '0' ORDER BY name LIMIT $2");

// To be followed by WHERE. The outer loops are over the tags.
#define BERTH_SELECT_TAG_ITEMS                                                                    \
    "SELECT tags.name, tags.digest, tags.updated_at, manifest_pulls.pulled_at,"                   \
    " tags.delete_enabled + tags.write_enabled, 1, manifests.subject IS NOT NULL, NULL FROM tags" \
    " CROSS JOIN manifests ON manifests.repository_id = tags.repository_id"                       \
    " AND manifests.digest = tags.digest"                                                         \
    " LEFT JOIN manifest_pulls ON manifest_pulls.manifest_id = manifests.id"
#define BERTH_SELECT_MANIFEST_ITEMS                                                            \
    "SELECT '', manifests.digest, manifests.updated_at, manifest_pulls.pulled_at,"             \
    " manifests.delete_enabled + manifests.write_enabled, EXISTS (SELECT 1 FROM tags"          \
    " WHERE tags.repository_id = manifests.repository_id AND tags.digest = manifests.digest)," \
    " manifests.subject IS NOT NULL, manifest_untaggings.untagged_at FROM manifests"           \
    " LEFT JOIN manifest_pulls ON manifest_pulls.manifest_id = manifests.id"                   \
    " LEFT JOIN manifest_untaggings ON manifest_untaggings.manifest_id = manifests.id"

constexpr db::Sql kTags(BERTH_SELECT_TAG_ITEMS
                        " WHERE tags.repository_id = $1 AND tags.name > $2"
                        " ORDER BY tags.name LIMIT $3");
constexpr db::Sql kTag(BERTH_SELECT_TAG_ITEMS " WHERE tags.repository_id = $1 AND tags.name = $2");
constexpr db::Sql kManifests(BERTH_SELECT_MANIFEST_ITEMS
                             " WHERE manifests.repository_id = $1 AND manifests.digest > $2"
                             " ORDER BY manifests.digest LIMIT $3");
constexpr db::Sql kManifest(BERTH_SELECT_MANIFEST_ITEMS
                            " WHERE manifests.repository_id = $1 AND manifests.digest = $2");
constexpr db::Sql kTagNames(
    "SELECT name FROM tags WHERE repository_id = $1 AND digest = $2 ORDER BY name LIMIT $3");
constexpr db::Sql kParents(
    "SELECT manifests.digest FROM manifest_references"
    " CROSS JOIN manifests ON manifests.id = manifest_references.manifest_id"
    " WHERE manifest_references.repository_id = $1 AND manifest_references.digest = $2"
    " AND manifest_references.role = 3 LIMIT $3");
constexpr db::Sql kReferrers(
    "SELECT digest FROM manifests WHERE repository_id = $1 AND subject = $2"
    " ORDER BY digest LIMIT $3");
constexpr db::Sql kSubject(
    "SELECT subject FROM manifests WHERE repository_id = $1 AND digest = $2"
    " AND subject IS NOT NULL");

Result<RetentionItem> item_columns(const db::Row& row) {
    BERTH_TRY(const oci::Digest digest, digest_column(row, 1));
    RetentionItem item(std::string(row.text(0)), digest);
    item.updated = Timestamp{row.integer(2)};
    if (!row.is_null(3)) {
        item.pulled = Timestamp{row.integer(3)};
    }
    item.locked = row.integer(4) < 2;
    item.tagged = row.integer(5) != 0;
    item.has_subject = row.integer(6) != 0;
    if (!row.is_null(7)) {
        item.untagged = Timestamp{row.integer(7)};
    }
    return item;
}

/// Every row as `read(row) -> Result<T>`; its first error ends the query.
template <class T, class Read>
Result<std::vector<T>> query_all(db::Session& session, const db::Sql& sql,
                                 std::initializer_list<db::Value> parameters, const Read& read) {
    Result<std::vector<T>> found;
    BERTH_TRY_VOID(session.query(sql, parameters, [&](const db::Row& row) {
        Result<T> item = read(row);
        if (!item) {
            found = fail(std::move(item).error());
            return false;
        }
        found->push_back(*std::move(item));
        return true;
    }));
    return found;
}

template <class T>
std::optional<T> first_of(std::vector<T> found) {
    if (found.empty()) {
        return std::nullopt;
    }
    return std::move(found.front());
}

Result<oci::Digest> only_digest(const db::Row& row) {
    return digest_column(row, 0);
}

}  // namespace

Result<std::vector<NamedRepository>> repositories_behind(db::Session& session,
                                                         const std::string& last,
                                                         std::uint32_t limit) {
    std::vector<NamedRepository> found;
    BERTH_TRY_VOID(session.query(kRepositories,
                                 {std::string_view(last), static_cast<std::int64_t>(limit)},
                                 [&found](const db::Row& row) {
                                     found.emplace_back(row.integer(0), std::string(row.text(1)));
                                     return true;
                                 }));
    return found;
}

Result<std::vector<RetentionItem>> tags_behind(db::Session& session, RepositoryId repository,
                                               const std::string& last, std::uint32_t limit) {
    return query_all<RetentionItem>(
        session, kTags, {repository, std::string_view(last), static_cast<std::int64_t>(limit)},
        item_columns);
}

Result<std::vector<RetentionItem>> manifests_behind(db::Session& session, RepositoryId repository,
                                                    ByteView last, std::uint32_t limit) {
    return query_all<RetentionItem>(
        session, kManifests, {repository, last, static_cast<std::int64_t>(limit)}, item_columns);
}

Result<std::optional<RetentionItem>> find_retention_tag(db::Session& session,
                                                        RepositoryId repository,
                                                        const std::string& name) {
    BERTH_TRY(std::vector<RetentionItem> found,
              query_all<RetentionItem>(session, kTag, {repository, std::string_view(name)},
                                       item_columns));
    return first_of(std::move(found));
}

Result<std::optional<RetentionItem>> find_retention_manifest(db::Session& session,
                                                             RepositoryId repository,
                                                             const oci::Digest& digest) {
    BERTH_TRY(
        std::vector<RetentionItem> found,
        query_all<RetentionItem>(session, kManifest, {repository, digest.stored()}, item_columns));
    return first_of(std::move(found));
}

Result<std::vector<std::string>> tag_names_of(db::Session& session, RepositoryId repository,
                                              const oci::Digest& digest, std::uint32_t limit) {
    return query_all<std::string>(
        session, kTagNames, {repository, digest.stored(), static_cast<std::int64_t>(limit)},
        [](const db::Row& row) -> Result<std::string> { return std::string(row.text(0)); });
}

Result<std::vector<oci::Digest>> parents_of(db::Session& session, RepositoryId repository,
                                            const oci::Digest& digest, std::uint32_t limit) {
    return query_all<oci::Digest>(session, kParents,
                                  {repository, digest.stored(), static_cast<std::int64_t>(limit)},
                                  only_digest);
}

Result<std::vector<oci::Digest>> referrers_of(db::Session& session, RepositoryId repository,
                                              const oci::Digest& digest, std::uint32_t limit) {
    return query_all<oci::Digest>(session, kReferrers,
                                  {repository, digest.stored(), static_cast<std::int64_t>(limit)},
                                  only_digest);
}

Result<std::optional<oci::Digest>> subject_of(db::Session& session, RepositoryId repository,
                                              const oci::Digest& digest) {
    BERTH_TRY(
        std::vector<oci::Digest> found,
        query_all<oci::Digest>(session, kSubject, {repository, digest.stored()}, only_digest));
    return first_of(std::move(found));
}

}  // namespace berth::meta
