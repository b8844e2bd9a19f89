// SPDX-License-Identifier: Apache-2.0
//
// Manifest rows with their bytes, and the edges manifest -> blob and manifest -> child. All writes
// of one push happen in the caller's one transaction.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "meta/disposal.h"
#include "meta/paging.h"
#include "meta/repositories.h"
#include "oci/digest.h"
#include "oci/manifest.h"
#include "oci/names.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace berth::meta {

struct StoredManifest {
    StoredManifest(oci::Digest manifest_digest, std::string type, std::string manifest_bytes)
        : digest(manifest_digest), media_type(std::move(type)), bytes(std::move(manifest_bytes)) {}

    oci::Digest digest;
    std::string media_type;
    std::string bytes;
    /// False when a read lock of the repository, the manifest or the tag asked for is on.
    bool readable = true;
    std::int64_t id = 0;
};

/// By digest in `repository`; nullopt when absent.
Result<std::optional<StoredManifest>> find_manifest(db::Session& session,
                                                    const oci::Repository& repository,
                                                    const oci::Digest& digest);
/// By tag, tag and manifest in one lookup.
Result<std::optional<StoredManifest>> find_manifest(db::Session& session,
                                                    const oci::Repository& repository,
                                                    const oci::Tag& tag);
Result<bool> manifest_exists(db::Session& session, RepositoryId repository,
                             const oci::Digest& digest);

/// What is missing of `manifest.references` in the repository: config and layers must be linked
/// blobs (unless may_be_absent), children must be manifests. Digest texts in document order,
/// without repeats.
Result<std::vector<std::string>> missing_references(db::Session& session, RepositoryId repository,
                                                    const oci::Manifest& manifest);

/// Inserts manifest and edges and counts it; an existing one keeps its created time and only its
/// update time moves, unless it is locked for writing. `bytes` are the exact bytes pushed,
/// manifest.platform what its config says.
Result<void> put_manifest(db::Session& session, RepositoryId repository, const oci::Digest& digest,
                          const oci::Manifest& manifest, ByteView bytes, Timestamp now);

/// Removes the manifest, its tags, its edges and (acr-wire 10.3) every manifest whose subject it
/// was, transitively; adjusts the counters. False when there was none. Errc::disallowed when one of
/// these manifests or tags is locked (docs/locks.md "Deleting"); the caller's transaction then
/// ends. What `disposal` keeps goes to the bin (deleted.h).
Result<bool> remove_manifest(db::Session& session, RepositoryId repository,
                             const oci::Digest& digest, Timestamp now,
                             const Disposal& disposal = {});

/// Whether a manifest that refers to the blob `digest`, or a tag on such a manifest, is locked
/// against deletion.
Result<bool> is_held_by_lock(db::Session& session, RepositoryId repository,
                             const oci::Digest& digest);

/// One referrer as the OCI index wants it.
struct ReferrerRow {
    ReferrerRow(oci::Digest d, std::string type, std::string artifact, std::uint64_t bytes,
                std::string annotations)
        : digest(d),
          media_type(std::move(type)),
          artifact_type(std::move(artifact)),
          size(bytes),
          annotations_json(std::move(annotations)) {}

    oci::Digest digest;
    std::string media_type;
    std::string artifact_type;
    std::uint64_t size;
    std::string annotations_json;  // empty when there are none
};

/// Manifests of `repository` whose subject is `subject`, in digest order; `artifact_type` empty =
/// all. page.last is a digest text, else Errc::pagination_invalid.
Result<Page<ReferrerRow>> list_referrers(db::Session& session, const oci::Repository& repository,
                                         const oci::Digest& subject,
                                         const std::string& artifact_type, const PageRequest& page);

}  // namespace berth::meta
