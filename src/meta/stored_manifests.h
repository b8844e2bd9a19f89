// SPDX-License-Identifier: Apache-2.0
//
// All manifests in the order of their ids, for those who compare their bytes with their digests and
// their edges; the counters of repositories beside what they count; and what SQLite itself finds
// wrong with its file.
#pragma once

#include "base/error.h"
#include "db/sql.h"
#include "meta/repositories.h"
#include "oci/digest.h"
#include "oci/manifest.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace berth::meta {

struct WholeManifest {
    struct Edge {
        std::int64_t role = 0;
        std::string digest_bytes;  // as stored
        friend bool operator==(const Edge&, const Edge&) = default;
    };

    std::int64_t id = 0;
    RepositoryId repository_id = 0;
    std::string repository;
    std::optional<oci::Digest> digest;  // nullopt: the row's digest is none
    std::string media_type;
    std::uint64_t size = 0;
    std::string bytes;  // empty: found damaged, and waits to be pushed again
};

/// At most `limit` whose id is greater than `after`.
Result<std::vector<WholeManifest>> manifests_after(db::Session& session, std::int64_t after,
                                                   std::uint32_t limit);
/// The same of those that were deleted and can be restored; ids of their own, no repository_id.
Result<std::vector<WholeManifest>> deleted_manifests_after(db::Session& session, std::int64_t after,
                                                           std::uint32_t limit);
Result<std::optional<WholeManifest>> find_whole_manifest(db::Session& session, std::int64_t id);
Result<std::vector<WholeManifest::Edge>> edges_of(db::Session& session, std::int64_t manifest_id);

/// Takes damaged bytes away: the manifest is unknown until it is pushed again; its tags and edges
/// stay. False when it was gone.
Result<bool> empty_manifest(db::Session& session, std::int64_t id);

struct Miscount {
    RepositoryId id = 0;
    std::string name;
    std::int64_t manifests_said = 0;
    std::int64_t manifests = 0;
    std::int64_t tags_said = 0;
    std::int64_t tags = 0;
};

/// Of the first `limit` repositories whose id is greater than `after`: those whose counters are not
/// what they count. `last` becomes the id of the last one looked at, 0 when there was none.
Result<std::vector<Miscount>> miscounted_after(db::Session& session, RepositoryId after,
                                               std::uint32_t limit, RepositoryId& last);
/// Counts again.
Result<void> recount(db::Session& session, RepositoryId id);

/// SQLite's own check of the file; what it complains about, at most a hundred. `quick` leaves out
/// that indexes and tables agree.
Result<std::vector<std::string>> check_pages(db::Session& session, bool quick);
/// Rows that point at no row: `tags -> manifests`.
Result<std::vector<std::string>> check_foreign_keys(db::Session& session);

}  // namespace berth::meta
