// SPDX-License-Identifier: Apache-2.0
//
// The bin: manifests, their edges and tags that were deleted and can be restored until their time
// is over (docs/soft_delete.md). Everything here runs inside the transaction that deletes, restores
// or purges. A digest of a repository is a live manifest or in the bin, never both: pushing it
// again takes it out of the bin (meta::put_manifest).
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "meta/disposal.h"
#include "meta/paging.h"
#include "meta/repositories.h"
#include "oci/digest.h"
#include "oci/name_ranges.h"
#include "oci/names.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::meta {

struct DeletedManifestRow {
    explicit DeletedManifestRow(oci::Digest manifest) : digest(manifest) {}

    std::int64_t id = 0;
    oci::Digest digest;
    std::uint64_t image_size = 0;
    std::string media_type;
    std::string artifact_type;
    Timestamp created;
    Timestamp updated;
    Timestamp deleted;
    Timestamp purge;
    std::string deleted_by;
};

struct DeletedTagRow {
    DeletedTagRow(std::string tag_name, oci::Digest manifest)
        : name(std::move(tag_name)), digest(manifest) {}

    std::int64_t id = 0;
    std::string name;
    oci::Digest digest;
    Timestamp created;
    Timestamp updated;
    Timestamp deleted;
    Timestamp purge;
    std::string deleted_by;
};

// Into the bin, to be called right before the rows go; nothing when `disposal` keeps nothing.
Result<void> keep_manifest(db::Session& session, std::int64_t manifest_id, const Disposal& disposal,
                           Timestamp now);
Result<void> keep_tag(db::Session& session, RepositoryId repository, std::string_view tag,
                      const Disposal& disposal, Timestamp now);
/// All tags on `digest`.
Result<void> keep_tags(db::Session& session, RepositoryId repository, const oci::Digest& digest,
                       const Disposal& disposal, Timestamp now);
/// Everything the repository has, before it loses its name. Costs as much as it holds.
Result<void> keep_repository(db::Session& session, RepositoryId repository,
                             const Disposal& disposal, Timestamp now);

/// Takes a manifest out of the bin because it is live again; its tags stay in it.
Result<void> forget_deleted_manifest(db::Session& session, RepositoryId repository,
                                     const oci::Digest& digest);

/// Names of repositories with something in the bin, in bytewise order.
Result<Page<std::string>> list_deleted_repositories(
    db::Session& session, const PageRequest& request,
    const oci::NameRanges& among = oci::every_name());
Result<bool> has_deleted_items(db::Session& session, const oci::Repository& repository);
/// By digest; page.last is a digest text, else Errc::pagination_invalid.
Result<Page<DeletedManifestRow>> list_deleted_manifests(db::Session& session,
                                                        const oci::Repository& repository,
                                                        const PageRequest& page);
/// In the order of their deletions; page.last is the text of an id, else Errc::pagination_invalid.
Result<Page<DeletedTagRow>> list_deleted_tags(db::Session& session,
                                              const oci::Repository& repository,
                                              const PageRequest& page);
/// Those on `digest` in the order of their deletions, at most `limit`.
Result<std::vector<DeletedTagRow>> deleted_tags_of(db::Session& session,
                                                   const oci::Repository& repository,
                                                   const oci::Digest& digest, std::uint32_t limit);
Result<std::optional<DeletedManifestRow>> find_deleted_manifest(db::Session& session,
                                                                const oci::Repository& repository,
                                                                const oci::Digest& digest);
/// Digests in the bin whose subject is `subject` and that were deleted at that very time.
Result<std::vector<oci::Digest>> deleted_referrers(db::Session& session,
                                                   const oci::Repository& repository,
                                                   const oci::Digest& subject, Timestamp deleted);
/// Children of a live manifest that are in the bin.
Result<std::vector<oci::Digest>> deleted_children(db::Session& session, RepositoryId home,
                                                  const oci::Repository& repository,
                                                  const oci::Digest& parent);

/// Out of the bin into `home`: the row with its edges, updated now, counted, its live blobs linked.
Result<void> restore_manifest(db::Session& session, RepositoryId home,
                              const DeletedManifestRow& manifest, Timestamp now);
/// Forgets the tag's deletions on `digest`; answers how many.
Result<std::int64_t> forget_deleted_tag(db::Session& session, const oci::Repository& repository,
                                        const oci::Tag& tag, const oci::Digest& digest);

struct Purged {
    std::int64_t manifests = 0;
    std::int64_t tags = 0;
    bool more = false;  // there may be others
};

Result<bool> is_purge_due(db::Session& session, Timestamp before);
/// Removes what was to be purged before `before`: about `limit` rows with their edges, at least one
/// manifest. A manifest goes whole.
Result<Purged> purge_deleted(db::Session& session, Timestamp before, std::uint32_t limit);
/// One row of the bin, with its edges.
Result<void> purge_deleted_manifest(db::Session& session, std::int64_t id);
Result<void> purge_deleted_tag(db::Session& session, std::int64_t id);

/// How much the bin holds behind `after`, as far as `limit` rows go: for counting it in steps.
struct BinCount {
    std::int64_t rows = 0;
    std::int64_t last_id = 0;
};

Result<BinCount> count_deleted_manifests(db::Session& session, std::int64_t after,
                                         std::uint32_t limit);
Result<BinCount> count_deleted_tags(db::Session& session, std::int64_t after, std::uint32_t limit);

}  // namespace berth::meta
