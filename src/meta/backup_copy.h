// SPDX-License-Identifier: Apache-2.0
//
// Makes a copied catalog fit for a backup: what the backup does not bring is not named in it.
#pragma once

#include "base/error.h"
#include "db/sql.h"

#include <cstdint>
#include <string>

namespace berth::meta {

/// Drops upload sessions, whose files are not copied, and blobs that nobody links and that are
/// condemned, being deleted or damaged: their objects may go at any moment.
Result<void> strip_for_backup(db::Session& session);

struct CatalogTotals {
    std::uint64_t repositories = 0;
    std::uint64_t manifests = 0;
    std::uint64_t tags = 0;
    std::uint64_t blobs = 0;
    std::uint64_t blobs_in_catalog = 0;
    std::uint64_t bytes_in_files = 0;
    std::int64_t schema = 0;
};

Result<CatalogTotals> catalog_totals(db::Session& session);

}  // namespace berth::meta
