// SPDX-License-Identifier: Apache-2.0
//
// Tag rows: name -> manifest digest inside a repository.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "meta/attributes.h"
#include "meta/disposal.h"
#include "meta/paging.h"
#include "meta/repositories.h"
#include "oci/digest.h"
#include "oci/names.h"

#include <optional>
#include <string>
#include <utility>

namespace berth::meta {

struct TagRow {
    TagRow(std::string tag_name, oci::Digest manifest)
        : name(std::move(tag_name)), digest(manifest) {}

    std::string name;
    oci::Digest digest;
    Timestamp created;
    Timestamp updated;
    Attributes attributes;
    std::string quarantine_state;  // of the manifest; empty when there is none
};

/// Points `tag` at `digest` (which must be a manifest of the repository). A moved tag keeps its
/// created time (acr-wire 8.6). Counts a new one.
Result<void> put_tag(db::Session& session, RepositoryId repository, const oci::Tag& tag,
                     const oci::Digest& digest, Timestamp now);
Result<std::optional<TagRow>> find_tag(db::Session& session, RepositoryId repository,
                                       const oci::Tag& tag);
/// Merges `change`; the update time stays. False when there is no such tag.
Result<bool> change_tag(db::Session& session, RepositoryId repository, const oci::Tag& tag,
                        const AttributesChange& change);
/// The manifest stays. False when there was no such tag. Looks at no lock.
Result<bool> remove_tag(db::Session& session, RepositoryId repository, const oci::Tag& tag,
                        Timestamp now, const Disposal& disposal = {});
/// Names in bytewise order, hidden ones left out.
Result<Page<std::string>> list_tags(db::Session& session, RepositoryId repository,
                                    const PageRequest& page);
/// Rows in `order`, hidden ones left out; only tags on `digest` if given.
Result<Page<TagRow>> list_tag_rows(db::Session& session, RepositoryId repository, Order order,
                                   const std::optional<oci::Digest>& digest,
                                   const PageRequest& page);
/// Every name, hidden or not, in bytewise order; also of a detached repository.
Result<Page<std::string>> list_all_tags(db::Session& session, RepositoryId repository,
                                        const PageRequest& page);

}  // namespace berth::meta
