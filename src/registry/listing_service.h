// SPDX-License-Identifier: Apache-2.0
//
// The read-only lists of a registry: repositories, tags, referrers. Keyset pages (meta/paging.h).
#pragma once

#include "base/error.h"
#include "db/sql.h"
#include "io/task.h"
#include "meta/manifests.h"
#include "meta/paging.h"
#include "oci/digest.h"
#include "oci/names.h"
#include "registry/lists.h"

#include <string>

namespace berth::registry {

class ListingService {
  public:
    explicit ListingService(db::Database& database);

    /// Those of `among`, which is what the caller may see.
    io::Task<Result<meta::Page<std::string>>> repositories(const meta::PageRequest& page,
                                                           const oci::NameRanges& among);
    /// Errc::name_unknown when the repository is not visible.
    io::Task<Result<meta::Page<std::string>>> tags(const oci::Repository& repository,
                                                   const meta::PageRequest& page);
    /// An unknown subject or repository is an empty page (acr-wire 13).
    io::Task<Result<meta::Page<meta::ReferrerRow>>> referrers(const oci::Repository& repository,
                                                              const oci::Digest& subject,
                                                              const std::string& artifact_type,
                                                              const meta::PageRequest& page);

  private:
    db::Database& database_;
};

}  // namespace berth::registry
