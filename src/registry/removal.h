// SPDX-License-Identifier: Apache-2.0
//
// Removing a manifest and what follows for its repository, for requests and for retention. Inside
// the caller's transaction.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "meta/disposal.h"
#include "meta/repositories.h"
#include "oci/digest.h"
#include "oci/names.h"

namespace berth::registry {

/// The manifest with its tags and referrers. An emptied repository's attributes are reset, but its
/// blobs stay for pushes under way; where a read lock protected them they go with it. `home` is its
/// row before. Errc::disallowed: see meta::remove_manifest().
Result<void> remove_manifest_of(db::Session& session, const meta::RepositoryRow& home,
                                const oci::Repository& name, const oci::Digest& digest,
                                Timestamp now, const meta::Disposal& disposal);

}  // namespace berth::registry
