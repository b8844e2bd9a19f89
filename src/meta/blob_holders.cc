// SPDX-License-Identifier: Apache-2.0
#include "meta/blob_holders.h"

#include "base/try.h"
#include "meta/columns.h"
#include "meta/garbage.h"

namespace berth::meta {

namespace {

constexpr db::Sql kBlob(
    "SELECT id, size, location, state, created_at, condemned_at FROM blobs WHERE digest = $1");
constexpr db::Sql kLinks(
    "SELECT repositories.id, repositories.name, repositories.detached_at, blob_links.linked_at,"
    " blob_links.touched_at FROM blob_links"
    " JOIN repositories ON repositories.id = blob_links.repository_id"
    " WHERE blob_links.blob_id = $1 ORDER BY blob_links.repository_id LIMIT $2");
constexpr db::Sql kReferring(
    "SELECT DISTINCT manifests.digest, manifests.subject FROM manifest_references"
    " JOIN manifests ON manifests.id = manifest_references.manifest_id"
    " WHERE manifest_references.repository_id = $1 AND manifest_references.digest = $2 LIMIT $3");
constexpr db::Sql kTags(
    "SELECT name FROM tags WHERE repository_id = $1 AND digest = $2 ORDER BY name LIMIT $3");
// One lookup in each repository.
constexpr db::Sql kHaving(
    "SELECT repositories.id, repositories.name, repositories.detached_at, manifests.digest,"
    " manifests.subject FROM repositories"
    " CROSS JOIN manifests ON manifests.repository_id = repositories.id AND manifests.digest = $1"
    " ORDER BY repositories.id LIMIT $2");

constexpr std::int64_t kRowsMax = kHoldersMax + 1;

/// Cuts a list that was asked for one more; answers whether there was.
template <class T>
bool cut(std::vector<T>& list) {
    if (list.size() <= kHoldersMax) {
        return false;
    }
    list.erase(list.begin() + kHoldersMax, list.end());
    return true;
}

std::optional<Timestamp> time_or_null(const db::Row& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(Timestamp{row.integer(column)});
}

Result<ManifestHolder> manifest_columns(const db::Row& row, int first) {
    BERTH_TRY(const oci::Digest digest, digest_column(row, first));
    ManifestHolder holder(digest);
    if (!row.is_null(first + 1)) {
        BERTH_TRY(holder.subject, digest_column(row, first + 1));
    }
    return holder;
}

Result<void> add_tags(db::Session& session, RepositoryId repository, ManifestHolder& holder) {
    BERTH_TRY_VOID(session.query(kTags, {repository, holder.digest.stored(), kRowsMax},
                                 [&holder](const db::Row& row) {
                                     holder.tags.emplace_back(row.text(0));
                                     return true;
                                 }));
    holder.more = cut(holder.tags);
    return {};
}

// Bounded by kHolderDepthMax.
// NOLINTNEXTLINE(misc-no-recursion): as the indexes are
Result<std::vector<ManifestHolder>> referring(db::Session& session, RepositoryId repository,
                                              const oci::Digest& digest, std::size_t depth) {
    Result<std::vector<ManifestHolder>> found;
    BERTH_TRY_VOID(session.query(kReferring, {repository, digest.stored(), kRowsMax},
                                 [&found](const db::Row& row) {
                                     Result<ManifestHolder> holder = manifest_columns(row, 0);
                                     if (!holder) {
                                         found = fail(std::move(holder).error());
                                         return false;
                                     }
                                     found->push_back(*std::move(holder));
                                     return true;
                                 }));
    BERTH_TRY(std::vector<ManifestHolder> holders, std::move(found));
    for (ManifestHolder& holder : holders) {
        BERTH_TRY_VOID(add_tags(session, repository, holder));
        if (depth < kHolderDepthMax) {
            BERTH_TRY(holder.indexes, referring(session, repository, holder.digest, depth + 1));
            holder.more = cut(holder.indexes) || holder.more;
        }
    }
    return holders;
}

Result<std::optional<BlobFacts>> find_facts(db::Session& session, const oci::Digest& digest) {
    std::optional<BlobFacts> facts;
    BERTH_TRY_VOID(session.query(kBlob, {digest.stored()}, [&facts](const db::Row& row) {
        facts.emplace();
        facts->id = row.integer(0);
        facts->size = static_cast<std::uint64_t>(row.integer(1));
        facts->location = row.text(2);
        facts->state = static_cast<BlobState>(row.integer(3));
        facts->created = Timestamp{row.integer(4)};
        facts->condemned = time_or_null(row, 5);
        return false;
    }));
    return facts;
}

RepositoryHolder repository_columns(const db::Row& row) {
    RepositoryHolder holder{std::string(row.text(1))};
    holder.id = row.integer(0);
    holder.detached = !row.is_null(2);
    return holder;
}

Result<void> add_links(db::Session& session, const oci::Digest& digest, BlobFacts& blob) {
    BERTH_TRY_VOID(session.query(kLinks, {blob.id, kRowsMax}, [&blob](const db::Row& row) {
        RepositoryHolder& holder = blob.repositories.emplace_back(repository_columns(row));
        holder.linked = time_or_null(row, 3);
        holder.touched = time_or_null(row, 4);
        return true;
    }));
    blob.more = cut(blob.repositories);
    for (RepositoryHolder& holder : blob.repositories) {
        BERTH_TRY(holder.manifests, referring(session, holder.id, digest, 1));
        holder.more = cut(holder.manifests);
    }
    return {};
}

Result<void> add_manifests(db::Session& session, DigestHolders& holders) {
    Result<void> readable;
    BERTH_TRY_VOID(session.query(
        kHaving, {holders.digest.stored(), kRowsMax}, [&holders, &readable](const db::Row& row) {
            Result<ManifestHolder> manifest = manifest_columns(row, 3);
            if (!manifest) {
                readable = fail(std::move(manifest).error());
                return false;
            }
            holders.manifests.push_back(repository_columns(row));
            holders.manifests.back().manifests.push_back(*std::move(manifest));
            return true;
        }));
    BERTH_TRY_VOID(std::move(readable));
    holders.more = cut(holders.manifests);
    for (RepositoryHolder& home : holders.manifests) {
        ManifestHolder& manifest = home.manifests.front();
        BERTH_TRY_VOID(add_tags(session, home.id, manifest));
        BERTH_TRY(manifest.indexes, referring(session, home.id, manifest.digest, 1));
        manifest.more = cut(manifest.indexes) || manifest.more;
    }
    return {};
}

}  // namespace

Result<DigestHolders> find_holders(db::Session& session, const oci::Digest& digest) {
    DigestHolders holders(digest);
    BERTH_TRY(holders.blob, find_facts(session, digest));
    if (holders.blob) {
        BERTH_TRY(holders.blob->held_without_link, is_held_without_link(session, digest));
        BERTH_TRY_VOID(add_links(session, digest, *holders.blob));
    }
    BERTH_TRY_VOID(add_manifests(session, holders));
    return holders;
}

}  // namespace berth::meta
