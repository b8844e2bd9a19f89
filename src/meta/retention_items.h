// SPDX-License-Identifier: Apache-2.0
//
// What retention looks at (registry/retention_run.h): pages of repositories, tags and manifests,
// hidden ones too, and what a manifest is tied to. Every list is a keyset page over an index.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "meta/repositories.h"
#include "oci/digest.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace berth::meta {

struct NamedRepository {
    NamedRepository(RepositoryId row_id, std::string row_name)
        : id(row_id), name(std::move(row_name)) {}

    RepositoryId id;
    std::string name;
};

/// A tag, or a manifest (whose name is empty).
struct RetentionItem {
    RetentionItem(std::string item_name, oci::Digest item_digest)
        : name(std::move(item_name)), digest(item_digest) {}

    std::string name;
    oci::Digest digest;
    Timestamp updated;
    std::optional<Timestamp> pulled;    // the manifest
    std::optional<Timestamp> untagged;  // of a manifest: when it last lost a tag
    bool locked = false;                // against deletion
    bool tagged = true;                 // of a manifest: it has a tag
    bool has_subject = false;           // the manifest names one
};

/// Names behind `last`, with manifests or without.
Result<std::vector<NamedRepository>> repositories_behind(db::Session& session,
                                                         const std::string& last,
                                                         std::uint32_t limit);
Result<std::vector<RetentionItem>> tags_behind(db::Session& session, RepositoryId repository,
                                               const std::string& last, std::uint32_t limit);
/// By digest; `last` is one in stored form, empty at the start.
Result<std::vector<RetentionItem>> manifests_behind(db::Session& session, RepositoryId repository,
                                                    ByteView last, std::uint32_t limit);
/// nullopt: gone.
Result<std::optional<RetentionItem>> find_retention_tag(db::Session& session,
                                                        RepositoryId repository,
                                                        const std::string& name);
Result<std::optional<RetentionItem>> find_retention_manifest(db::Session& session,
                                                             RepositoryId repository,
                                                             const oci::Digest& digest);

/// Names of tags on `digest`, at most `limit`.
Result<std::vector<std::string>> tag_names_of(db::Session& session, RepositoryId repository,
                                              const oci::Digest& digest, std::uint32_t limit);
/// Manifests that name `digest` as a child, at most `limit`.
Result<std::vector<oci::Digest>> parents_of(db::Session& session, RepositoryId repository,
                                            const oci::Digest& digest, std::uint32_t limit);
/// Manifests whose subject is `digest`, at most `limit`.
Result<std::vector<oci::Digest>> referrers_of(db::Session& session, RepositoryId repository,
                                              const oci::Digest& digest, std::uint32_t limit);
Result<std::optional<oci::Digest>> subject_of(db::Session& session, RepositoryId repository,
                                              const oci::Digest& digest);

}  // namespace berth::meta
