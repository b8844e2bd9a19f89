// SPDX-License-Identifier: Apache-2.0
//
// What locks forbid (acr-wire 14; docs/locks.md is the whole table). Every function here is called
// inside the transaction that it may stop, so no change slips past a lock. Locks inside the cascade
// of a manifest's removal are looked at by meta::remove_manifest().
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "meta/repositories.h"
#include "meta/tags.h"
#include "oci/digest.h"
#include "oci/names.h"

#include <vector>

namespace berth::registry {

/// Errc::disallowed when the repository exists and is locked for writing.
Result<void> check_writable(db::Session& session, const oci::Repository& name);
/// The repository's row, made when absent. Errc::disallowed as above.
Result<meta::RepositoryId> ensure_writable(db::Session& session, const oci::Repository& name,
                                           Timestamp at);
/// Errc::disallowed when one of `tags` exists and is locked for writing.
Result<void> check_tags_movable(db::Session& session, meta::RepositoryId repository,
                                const std::vector<oci::Tag>& tags);
/// Errc::disallowed when repository or tag forbid the tag's removal.
Result<void> check_tag_removable(const meta::RepositoryRow& repository, const meta::TagRow& tag);
/// False when there is no such manifest. Errc::disallowed when the repository forbids its removal.
Result<bool> check_manifest_removable(db::Session& session, const meta::RepositoryRow& repository,
                                      const oci::Digest& digest);
/// Errc::disallowed when the repository, or a manifest that refers to the blob, forbids its
/// removal.
Result<void> check_blob_removable(db::Session& session, const meta::RepositoryRow& repository,
                                  const oci::Digest& digest);
/// Errc::disallowed when the repository or anything in it forbids its removal.
Result<void> check_repository_removable(db::Session& session,
                                        const meta::RepositoryRow& repository);

}  // namespace berth::registry
