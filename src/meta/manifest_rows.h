// SPDX-License-Identifier: Apache-2.0
//
// Manifests as the metadata API shows them (acr-wire 9): everything but their bytes.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "meta/attributes.h"
#include "meta/paging.h"
#include "meta/repositories.h"
#include "oci/digest.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace berth::meta {

struct ManifestRow {
    explicit ManifestRow(oci::Digest manifest_digest) : digest(manifest_digest) {}

    oci::Digest digest;
    std::uint64_t image_size = 0;
    Timestamp created;
    Timestamp updated;
    // Empty texts stand for what the manifest does not have.
    std::string architecture;
    std::string os;
    std::string media_type;
    std::string config_media_type;
    std::vector<std::string> tags;  // all of them, hidden ones too (docs/locks.md), sorted
    Attributes attributes;
    std::string quarantine_details;
    std::string quarantine_state;
};

/// A child of an index as the index describes it; empty texts when it does not.
struct ChildRow {
    ChildRow(oci::Digest child, std::string child_architecture, std::string child_os)
        : digest(child), architecture(std::move(child_architecture)), os(std::move(child_os)) {}

    oci::Digest digest;
    std::string architecture;
    std::string os;
};

/// A partial update: what is absent keeps its value.
struct ManifestChange {
    AttributesChange attributes;
    std::optional<std::string> quarantine_state;
    std::optional<std::string> quarantine_details;
};

Result<std::optional<ManifestRow>> find_manifest_row(db::Session& session, RepositoryId repository,
                                                     const oci::Digest& digest);
/// Children in document order, repeats included; empty when `digest` is no index.
Result<std::vector<ChildRow>> list_children(db::Session& session, RepositoryId repository,
                                            const oci::Digest& digest);
/// Merges `change`; the update time stays (acr-wire 9.3). False when there is no such manifest.
Result<bool> change_manifest(db::Session& session, RepositoryId repository,
                             const oci::Digest& digest, const ManifestChange& change);
/// Rows in `order`, by_name meaning by digest; hidden ones left out. page.last is a digest text,
/// else Errc::pagination_invalid.
Result<Page<ManifestRow>> list_manifest_rows(db::Session& session, RepositoryId repository,
                                             Order order, const PageRequest& page);
/// Every digest text, hidden or not, in digest order; also of a detached repository.
Result<Page<std::string>> list_all_manifests(db::Session& session, RepositoryId repository,
                                             const PageRequest& page);

}  // namespace berth::meta
