// SPDX-License-Identifier: Apache-2.0
#include "meta/manifests.h"

#include "base/try.h"
#include "meta/columns.h"
#include "meta/deleted.h"

#include <limits>
#include <set>

namespace berth::meta {

namespace {

constexpr db::Sql kFindByDigest(
    "SELECT manifests.digest, manifests.media_type, manifests.bytes,"
    " repositories.read_enabled * manifests.read_enabled, manifests.id FROM repositories"
    " JOIN manifests ON manifests.repository_id = repositories.id AND manifests.digest = $2"
    " WHERE repositories.name = $1");
constexpr db::Sql kFindByTag(
    "SELECT manifests.digest, manifests.media_type, manifests.bytes,"
    " repositories.read_enabled * tags.read_enabled * manifests.read_enabled, manifests.id"
    " FROM repositories"
    " JOIN tags ON tags.repository_id = repositories.id AND tags.name = $2"
    " JOIN manifests ON manifests.repository_id = tags.repository_id"
    " AND manifests.digest = tags.digest"
    " WHERE repositories.name = $1");
constexpr db::Sql kImageSize(
    "SELECT image_size FROM manifests WHERE repository_id = $1 AND digest = $2");
constexpr db::Sql kBlobLinked(
    "SELECT 1 FROM blobs JOIN blob_links ON blob_links.repository_id = $1"
    " AND blob_links.blob_id = blobs.id WHERE blobs.digest = $2 AND blobs.state = 0");
constexpr db::Sql kTouch(
    "UPDATE manifests SET updated_at = CASE WHEN write_enabled = 1 THEN $3 ELSE updated_at END"
    " WHERE repository_id = $1 AND digest = $2");
// One whose bytes were found damaged and taken away gets them again (stored_manifests.h).
constexpr db::Sql kRefill(
    "UPDATE manifests SET bytes = $3"
    " WHERE repository_id = $1 AND digest = $2 AND length(bytes) = 0");
constexpr db::Sql kInsert(
    "INSERT INTO manifests (repository_id, digest, media_type, size, image_size,"
    " config_media_type, artifact_type, subject, architecture, os, annotations, bytes, created_at,"
    " updated_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13) RETURNING id");
constexpr db::Sql kInsertReference(
    "INSERT INTO manifest_references (manifest_id, position, repository_id, role, digest, size,"
    " media_type, architecture, os, variant)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");

Result<std::optional<StoredManifest>> query_manifest(db::Session& session, const db::Sql& sql,
                                                     std::initializer_list<db::Value> parameters) {
    Result<std::optional<StoredManifest>> found(std::nullopt);
    BERTH_TRY_VOID(session.query(sql, parameters, [&found](const db::Row& row) {
        Result<oci::Digest> digest = digest_column(row, 0);
        if (!digest) {
            found = fail(std::move(digest).error());
            return false;
        }
        found->emplace(*digest, std::string(row.text(1)), std::string(as_text(row.bytes(2))));
        (*found)->readable = row.integer(3) != 0;
        (*found)->id = row.integer(4);
        return false;
    }));
    return found;
}

Result<std::optional<std::uint64_t>> find_image_size(db::Session& session, RepositoryId repository,
                                                     const oci::Digest& digest) {
    std::optional<std::uint64_t> size;
    BERTH_TRY_VOID(
        session.query(kImageSize, {repository, digest.stored()}, [&size](const db::Row& row) {
            size = static_cast<std::uint64_t>(row.integer(0));
            return false;
        }));
    return size;
}

Result<bool> is_present(db::Session& session, RepositoryId repository,
                        const oci::Descriptor& reference) {
    if (reference.role == oci::ReferenceRole::child) {
        return manifest_exists(session, repository, reference.digest);
    }
    bool linked = false;
    BERTH_TRY_VOID(session.query(kBlobLinked, {repository, reference.digest.stored()},
                                 [&linked](const db::Row&) {
                                     linked = true;
                                     return false;
                                 }));
    return linked;
}

// Sizes are the client's words; a sum beyond what the column holds stays at the column's maximum.
std::int64_t storable(std::uint64_t size) {
    constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(std::min(size, kMax));
}

std::uint64_t add_sizes(std::uint64_t a, std::uint64_t b) {
    return static_cast<std::uint64_t>(storable(static_cast<std::uint64_t>(storable(a)) +
                                               static_cast<std::uint64_t>(storable(b))));
}

// acr-wire 9.1: own bytes, config and layers; for an index own bytes and the children's image
// sizes.
Result<std::uint64_t> image_size_of(db::Session& session, RepositoryId repository,
                                    const oci::Manifest& manifest, std::uint64_t own_size) {
    std::uint64_t total = own_size;
    for (const oci::Descriptor& reference : manifest.references) {
        if (reference.role != oci::ReferenceRole::child) {
            total = add_sizes(total, reference.size);
            continue;
        }
        BERTH_TRY(const std::optional<std::uint64_t> child,
                  find_image_size(session, repository, reference.digest));
        total = add_sizes(total, child.value_or(0));
    }
    return total;
}

Result<std::int64_t> insert_row(db::Session& session, RepositoryId repository,
                                const oci::Digest& digest, const oci::Manifest& manifest,
                                ByteView bytes, Timestamp now) {
    BERTH_TRY(const std::uint64_t image_size,
              image_size_of(session, repository, manifest, bytes.size()));
    const db::Value subject =
        manifest.subject ? db::Value(manifest.subject->stored()) : db::Value(std::monostate());
    std::int64_t id = 0;
    BERTH_TRY_VOID(session.query(
        kInsert,
        {repository, digest.stored(), manifest.media_type, storable(bytes.size()),
         storable(image_size), text_or_null(manifest.config_media_type), manifest.artifact_type,
         subject, text_or_null(manifest.platform.architecture), text_or_null(manifest.platform.os),
         text_or_null(manifest.annotations_json), bytes, now.ticks},
        [&id](const db::Row& row) {
            id = row.integer(0);
            return false;
        }));
    return id;
}

Result<void> insert_references(db::Session& session, RepositoryId repository,
                               std::int64_t manifest_id, const oci::Manifest& manifest) {
    const oci::Platform none;
    std::int64_t position = 0;
    for (const oci::Descriptor& reference : manifest.references) {
        const oci::Platform& platform = reference.platform ? *reference.platform : none;
        BERTH_TRY_VOID(session.execute(
            kInsertReference,
            {manifest_id, position, repository, static_cast<std::int64_t>(reference.role),
             reference.digest.stored(), storable(reference.size), reference.media_type,
             text_or_null(platform.architecture), text_or_null(platform.os),
             text_or_null(platform.variant)}));
        ++position;
    }
    return {};
}

}  // namespace

Result<std::optional<StoredManifest>> find_manifest(db::Session& session,
                                                    const oci::Repository& repository,
                                                    const oci::Digest& digest) {
    return query_manifest(session, kFindByDigest, {repository.text(), digest.stored()});
}

Result<std::optional<StoredManifest>> find_manifest(db::Session& session,
                                                    const oci::Repository& repository,
                                                    const oci::Tag& tag) {
    return query_manifest(session, kFindByTag, {repository.text(), tag.text()});
}

Result<bool> manifest_exists(db::Session& session, RepositoryId repository,
                             const oci::Digest& digest) {
    BERTH_TRY(const std::optional<std::uint64_t> size,
              find_image_size(session, repository, digest));
    return size.has_value();
}

// One point lookup each in the caller's transaction: about 2 us, so 100 layers cost 0.2 ms.
Result<std::vector<std::string>> missing_references(db::Session& session, RepositoryId repository,
                                                    const oci::Manifest& manifest) {
    std::vector<std::string> missing;
    std::set<std::pair<bool, oci::Digest>> seen;  // the same digest may be a blob and a child
    std::set<oci::Digest> reported;
    for (const oci::Descriptor& reference : manifest.references) {
        const bool is_child = reference.role == oci::ReferenceRole::child;
        if (reference.may_be_absent) {
            continue;
        }
        if (!seen.emplace(is_child, reference.digest).second) {
            continue;
        }
        BERTH_TRY(const bool present, is_present(session, repository, reference));
        if (!present && reported.insert(reference.digest).second) {
            missing.push_back(reference.digest.text());
        }
    }
    return missing;
}

Result<void> put_manifest(db::Session& session, RepositoryId repository, const oci::Digest& digest,
                          const oci::Manifest& manifest, ByteView bytes, Timestamp now) {
    BERTH_TRY(const std::int64_t known,
              session.execute(kTouch, {repository, digest.stored(), now.ticks}));
    if (known == 0) {
        BERTH_TRY(const std::int64_t id,
                  insert_row(session, repository, digest, manifest, bytes, now));
        BERTH_TRY_VOID(insert_references(session, repository, id, manifest));
        BERTH_TRY_VOID(forget_deleted_manifest(session, repository, digest));
    } else {
        BERTH_TRY_VOID(session.execute(kRefill, {repository, digest.stored(), bytes}));
    }
    return add_to_counts(session, repository, known == 0 ? 1 : 0, 0, now);
}

}  // namespace berth::meta
