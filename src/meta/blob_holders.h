// SPDX-License-Identifier: Apache-2.0
//
// Who holds a digest, for an operator who wants to know why something is still there or when it
// will go. Lists are cut at a fixed length; not for requests: it may look into every repository.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "meta/repositories.h"
#include "meta/stored_blobs.h"
#include "oci/digest.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace berth::meta {

/// Entries of each list; `more` says that there were others.
inline constexpr std::size_t kHoldersMax = 20;
/// Indexes of indexes that are followed.
inline constexpr std::size_t kHolderDepthMax = 8;

/// A manifest that names the digest, and what keeps the manifest.
struct ManifestHolder {
    explicit ManifestHolder(oci::Digest name) : digest(name) {}

    oci::Digest digest;
    std::vector<std::string> tags;
    std::optional<oci::Digest> subject;   // it is a referrer of that and goes with it
    std::vector<ManifestHolder> indexes;  // that name it
    bool more = false;
};

/// A repository that links the blob, or has a manifest of this digest.
struct RepositoryHolder {
    explicit RepositoryHolder(std::string repository) : name(std::move(repository)) {}

    RepositoryId id = 0;
    std::string name;
    bool detached = false;  // deleted, and about to be reaped
    std::optional<Timestamp> linked;
    std::optional<Timestamp> touched;
    std::vector<ManifestHolder> manifests;
    bool more = false;
};

struct BlobFacts {
    std::int64_t id = 0;
    std::uint64_t size = 0;
    std::string location;
    BlobState state = BlobState::live;
    Timestamp created;
    std::optional<Timestamp> condemned;
    bool held_without_link = false;
    std::vector<RepositoryHolder> repositories;
    bool more = false;
};

struct DigestHolders {
    explicit DigestHolders(oci::Digest name) : digest(name) {}

    oci::Digest digest;
    std::optional<BlobFacts> blob;
    /// Where a manifest has this digest.
    std::vector<RepositoryHolder> manifests;
    bool more = false;
};

Result<DigestHolders> find_holders(db::Session& session, const oci::Digest& digest);

}  // namespace berth::meta
