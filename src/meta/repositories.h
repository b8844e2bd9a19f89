// SPDX-License-Identifier: Apache-2.0
//
// Repository rows. A row exists from the first upload or manifest on; the repository is visible
// (lists, NAME_UNKNOWN) while manifest_count > 0. Counters change in the transaction of the rows
// they count.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "meta/paging.h"
#include "oci/names.h"

#include <cstdint>
#include <optional>
#include <string>

namespace berth::meta {

using RepositoryId = std::int64_t;

struct RepositoryRow {
    RepositoryId id = 0;
    std::int64_t manifest_count = 0;
    std::int64_t tag_count = 0;
};

/// nullopt when there is no row.
Result<std::optional<RepositoryRow>> find_repository(db::Session& session,
                                                     const oci::Repository& name);
/// The row's id, created when absent.
Result<RepositoryId> ensure_repository(db::Session& session, const oci::Repository& name,
                                       Timestamp now);
/// Visible names in bytewise order.
Result<Page<std::string>> list_repositories(db::Session& session, const PageRequest& page);
/// Adds to the counters; called by manifests and tags in the same transaction.
Result<void> add_to_counts(db::Session& session, RepositoryId id, std::int64_t manifests,
                           std::int64_t tags, Timestamp now);

}  // namespace berth::meta
