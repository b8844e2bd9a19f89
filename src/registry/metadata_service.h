// SPDX-License-Identifier: Apache-2.0
//
// The metadata API (acr-wire 7-9): attributes and lists of repositories, tags and manifests,
// changing attributes, untagging, deleting a repository. Locks are looked at in the transaction
// that they may forbid (locks.h). Any I/O thread.
#pragma once

#include "base/error.h"
#include "db/sql.h"
#include "io/task.h"
#include "oci/digest.h"
#include "oci/names.h"
#include "registry/lists.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::registry {

struct RepositoryChange {
    AttributesChange attributes;
    std::optional<bool> teleport_enabled;
};

/// What went with a repository, sorted.
struct RemovedRepository {
    std::vector<std::string> manifests;  // digest texts
    std::vector<std::string> tags;
};

/// A manifest and, if it is an index, its children.
struct ManifestDetails {
    explicit ManifestDetails(ManifestRow row) : manifest(std::move(row)) {}

    ManifestRow manifest;
    std::vector<ChildRow> children;
};

class MetadataService {
  public:
    /// `keep_ticks`: how long what is deleted can be restored (soft_delete.days); 0: not at all.
    /// `database` must outlive the service.
    explicit MetadataService(db::Database& database, std::int64_t keep_ticks = 0);

    /// Errors of all calls on a repository that is not visible: name_unknown with the text of
    /// acr-wire 3.2; of calls on one tag or manifest: tag_unknown, manifest_unknown.
    io::Task<Result<RepositoryRow>> repository(const oci::Repository& name);
    io::Task<Result<RepositoryRow>> change_repository(const oci::Repository& name,
                                                      const RepositoryChange& change);
    /// Constant time for everybody else, however much the repository holds, unless what is deleted
    /// can be restored. Errc::disallowed when it or anything in it is locked; name_unknown with the
    /// text and detail of a deletion. `by` is who asks, for the bin.
    io::Task<Result<RemovedRepository>> remove_repository(const oci::Repository& name,
                                                          std::string_view by = {});

    io::Task<Result<Page<TagRow>>> tags(const oci::Repository& repository, Order order,
                                        const std::optional<oci::Digest>& digest,
                                        const PageRequest& page);
    io::Task<Result<TagRow>> tag(const oci::Repository& repository, const oci::Tag& tag);
    io::Task<Result<TagRow>> change_tag(const oci::Repository& repository, const oci::Tag& tag,
                                        const AttributesChange& change);
    /// Answers the digest that the tag pointed to; the manifest stays. Errc::disallowed.
    io::Task<Result<oci::Digest>> remove_tag(const oci::Repository& repository, const oci::Tag& tag,
                                             std::string_view by = {});

    io::Task<Result<Page<ManifestRow>>> manifests(const oci::Repository& repository, Order order,
                                                  const PageRequest& page);
    io::Task<Result<ManifestDetails>> manifest(const oci::Repository& repository,
                                               const oci::Digest& digest);
    io::Task<Result<ManifestDetails>> change_manifest(const oci::Repository& repository,
                                                      const oci::Digest& digest,
                                                      const ManifestChange& change);

    /// One bounded step of what deletions left to do: reaping detached repositories, forgetting
    /// removed items. True when there may be more.
    io::Task<Result<bool>> tidy_up();

  private:
    db::Database& database_;
    std::int64_t keep_ticks_;
};

}  // namespace berth::registry
