// SPDX-License-Identifier: Apache-2.0
//
// Tag rows: name -> manifest digest inside a repository.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "meta/paging.h"
#include "meta/repositories.h"
#include "oci/digest.h"
#include "oci/names.h"

#include <string>

namespace berth::meta {

/// Points `tag` at `digest` (which must be a manifest of the repository). A moved tag keeps its
/// created time (acr-wire 8.6). Counts a new one.
Result<void> put_tag(db::Session& session, RepositoryId repository, const oci::Tag& tag,
                     const oci::Digest& digest, Timestamp now);
/// The manifest stays. False when there was no such tag.
Result<bool> remove_tag(db::Session& session, RepositoryId repository, const oci::Tag& tag,
                        Timestamp now);
/// Names in bytewise order.
Result<Page<std::string>> list_tags(db::Session& session, RepositoryId repository,
                                    const PageRequest& page);

}  // namespace berth::meta
