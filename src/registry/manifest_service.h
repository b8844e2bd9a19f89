// SPDX-License-Identifier: Apache-2.0
//
// Putting, getting and deleting manifests (acr-wire 10). A put is one transaction: every reference
// is checked in the same transaction that makes the manifest and its tags visible.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "blob/blob_store.h"
#include "db/sql.h"
#include "io/task.h"
#include "meta/manifests.h"
#include "oci/digest.h"
#include "oci/manifest.h"
#include "oci/names.h"
#include "registry/lists.h"
#include "registry/pull_times.h"
#include "registry/recent_answers.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::registry {

struct ManifestPolicy {
    /// An index may name children and an image blobs that are not there
    /// (compatibility.sparse_index).
    bool sparse_index = false;
    /// DELETE by tag removes the tag (compatibility.delete_by_tag); ACR answers 405.
    bool delete_by_tag = false;
    /// A larger config blob is not looked into for architecture and os.
    std::uint64_t config_bytes_max = Limits().config_bytes_max;
    /// How long what is deleted can be restored (soft_delete.days); 0: not at all.
    std::int64_t keep_ticks = 0;
    /// What a manifest may hold.
    oci::ManifestBounds bounds = {};
    /// Manifests that were asked for lately are kept in memory up to this size.
    std::uint64_t cache_bytes_max = Limits().manifest_cache_bytes_max;
};

struct PutManifest {
    PutManifest(oci::Repository repo, std::string type, ByteView body)
        : repository(std::move(repo)), content_type(std::move(type)), bytes(body) {}

    oci::Repository repository;
    std::string content_type;
    ByteView bytes;                       // must outlive the call
    std::optional<oci::Digest> expected;  // from the path; also fixes the algorithm
    std::vector<oci::Tag> tags;           // from the path or `?tag=`
};

struct PutOutcome {
    explicit PutOutcome(oci::Digest stored) : digest(stored) {}

    oci::Digest digest;
    std::optional<oci::Digest> subject;
};

/// A manifest as it is handed out, by several at once.
struct ServedManifest : meta::StoredManifest {
    explicit ServedManifest(meta::StoredManifest stored)
        : meta::StoredManifest(std::move(stored)) {}

    PullMark told;
};

using ManifestPointer = std::shared_ptr<const ServedManifest>;

class ManifestService {
  public:
    /// References must outlive the service.
    ManifestService(db::Database& database, blob::BlobStore& store, ManifestPolicy policy);

    /// Errors: manifest_unknown with the text of acr-wire 3.2 (tag or digest form), disallowed by a
    /// read lock.
    io::Task<Result<ManifestPointer>> get(const oci::Repository& repository,
                                          const oci::Reference& reference);

    /// That what get() answered was pulled. Any thread; costs next to nothing.
    void note_pull(const ServedManifest& manifest, Timestamp at) {
        if (manifest.told.is_due(at)) {
            pull_times_.note(manifest.id, at);
        }
    }

    /// What was noted; somebody has to flush it.
    PullTimes& pull_times() { return pull_times_; }

    /// Errors: digest_invalid (path digest is not the bytes'), manifest_invalid, unsupported,
    /// manifest_blob_unknown with one item per missing digest, disallowed by a lock
    /// (docs/locks.md).
    io::Task<Result<PutOutcome>> put(const PutManifest& request);
    /// By digest: its tags and its referrers go too. By tag: unsupported unless delete_by_tag.
    /// Errc::disallowed when a lock forbids any part of it. `by` is who asks, for the bin.
    io::Task<Result<void>> remove(const oci::Repository& repository,
                                  const oci::Reference& reference, std::string_view by = {});

    CacheStatistics cache_statistics() const { return recent_.statistics(); }

  private:
    io::Task<Result<oci::Platform>> platform_of(const PutManifest& request,
                                                const oci::Manifest& manifest,
                                                const oci::Digest& digest);

    db::Database& database_;
    blob::BlobStore& store_;
    ManifestPolicy policy_;
    RecentAnswers<ServedManifest> recent_;
    PullTimes pull_times_;
};

}  // namespace berth::registry
