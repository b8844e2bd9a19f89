// SPDX-License-Identifier: Apache-2.0
//
// Repository rows. A row exists from the first upload or manifest on; the repository is visible
// (lists, NAME_UNKNOWN) while manifest_count > 0. It is created when that happens, and gone, its
// attributes with it, when its last manifest goes. Counters change in the transaction of the rows
// they count.
//
// A repository that is deleted as a whole is detached: its row loses its name at once, however much
// it holds, and its rows are reaped in small transactions afterwards. Nobody can name a detached
// repository, so its content does not change but for the reaping.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "meta/attributes.h"
#include "meta/disposal.h"
#include "meta/paging.h"
#include "oci/name_ranges.h"
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
    Timestamp created;
    Timestamp updated;
    Attributes attributes;
    bool teleport_enabled = false;

    bool visible() const { return manifest_count > 0; }
};

/// nullopt when there is no row.
Result<std::optional<RepositoryRow>> find_repository(db::Session& session,
                                                     const oci::Repository& name);
/// The row's id, created when absent.
Result<RepositoryId> ensure_repository(db::Session& session, const oci::Repository& name,
                                       Timestamp now);
/// Merges `change`; the update time stays (acr-wire 7.1).
Result<void> change_repository(db::Session& session, RepositoryId id,
                               const AttributesChange& change,
                               std::optional<bool> teleport_enabled);
/// Visible names of `among` in bytewise order, hidden ones left out.
Result<Page<std::string>> list_repositories(db::Session& session, const PageRequest& request,
                                            const oci::NameRanges& among = oci::every_name());
/// Adds to the counters; called by manifests and tags in the same transaction. The first manifest
/// sets the created time, the last one that goes resets the attributes.
Result<void> add_to_counts(db::Session& session, RepositoryId id, std::int64_t manifests,
                           std::int64_t tags, Timestamp now);

/// Whether a tag or manifest of the repository may not be deleted. One index lookup.
Result<bool> holds_locked_items(db::Session& session, RepositoryId id);

/// Takes the repository's name from it. Constant time, unless `disposal` keeps what it holds: that
/// is copied to the bin (deleted.h) first.
Result<void> detach_repository(db::Session& session, RepositoryId id, Timestamp now,
                               const Disposal& disposal = {});
/// The detached repository that has waited longest and was detached before `before`.
Result<std::optional<RepositoryId>> next_detached(db::Session& session, Timestamp before);
/// Removes up to `limit` rows of what next_detached() names, one repository after the other; false
/// when none is left. Many small ones go in one step, so deleting them is not faster than this.
Result<bool> reap_next_detached(db::Session& session, Timestamp before, std::uint32_t limit);

}  // namespace berth::meta
