// SPDX-License-Identifier: Apache-2.0
//
// Taking a deleted manifest or tag out of the bin again (docs/soft_delete.md "Restoring"): the
// manifest, the children of an index that are in the bin too, the referrers that were deleted with
// it, and the tag. One call is one transaction of the caller; an error takes back all of it.
#pragma once

#include "base/error.h"
#include "db/sql.h"
#include "meta/disposal.h"
#include "oci/digest.h"
#include "oci/names.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace berth::registry {

struct RestoreRequest {
    RestoreRequest(oci::Repository repo, const oci::Digest& manifest)
        : repository(std::move(repo)), digest(manifest) {}

    oci::Repository repository;
    oci::Digest digest;
    std::optional<oci::Tag> tag;
    /// Without a tag: also the tags that were deleted with the manifest, where their name is free.
    bool all_tags = false;
    /// A tag that exists meanwhile and points elsewhere is moved; what it was goes to the bin.
    bool force = false;
    /// What an image refers to may be missing (compatibility.sparse_index).
    bool sparse = false;
};

struct Restored {
    std::vector<std::string> manifests;  // digest texts, the one asked for first
    std::vector<std::string> tags;
};

/// Errors: manifest_unknown when neither the manifest nor, for a manifest that is there, the tag is
/// in the bin; conflict when the tag points to another manifest; disallowed by a lock on the
/// repository or the tag; manifest_blob_unknown when a blob is gone. `disposal`: for the tag that
/// `force` overwrites.
Result<Restored> restore(db::Session& session, const RestoreRequest& request,
                         const meta::Disposal& disposal);

}  // namespace berth::registry
