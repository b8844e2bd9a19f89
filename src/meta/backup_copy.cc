// SPDX-License-Identifier: Apache-2.0
#include "meta/backup_copy.h"

#include "base/try.h"

namespace berth::meta {
namespace {

constexpr db::Sql kDropUploads("DELETE FROM uploads");
constexpr db::Sql kDropGarbage(
    "DELETE FROM blobs WHERE state <> 0"
    " AND NOT EXISTS (SELECT 1 FROM blob_links WHERE blob_links.blob_id = blobs.id)");
constexpr db::Sql kTotals(
    "SELECT (SELECT count(*) FROM repositories WHERE manifest_count > 0),"
    " (SELECT count(*) FROM manifests), (SELECT count(*) FROM tags),"
    " (SELECT count(*) FROM blobs WHERE state IN (0, 1)),"
    " (SELECT count(*) FROM blobs WHERE state IN (0, 1) AND location = 'catalog'),"
    " (SELECT COALESCE(sum(size), 0) FROM blobs"
    "  WHERE state IN (0, 1) AND location <> 'catalog'),"
    " (SELECT COALESCE(max(version), 0) FROM schema_version)");

}  // namespace

Result<void> strip_for_backup(db::Session& session) {
    BERTH_TRY_VOID(session.execute(kDropUploads, {}));
    BERTH_TRY_VOID(session.execute(kDropGarbage, {}));
    return {};
}

Result<CatalogTotals> catalog_totals(db::Session& session) {
    CatalogTotals totals;
    BERTH_TRY_VOID(session.query(kTotals, {}, [&totals](const db::Row& row) {
        totals.repositories = static_cast<std::uint64_t>(row.integer(0));
        totals.manifests = static_cast<std::uint64_t>(row.integer(1));
        totals.tags = static_cast<std::uint64_t>(row.integer(2));
        totals.blobs = static_cast<std::uint64_t>(row.integer(3));
        totals.blobs_in_catalog = static_cast<std::uint64_t>(row.integer(4));
        totals.bytes_in_files = static_cast<std::uint64_t>(row.integer(5));
        totals.schema = row.integer(6);
        return false;
    }));
    return totals;
}

}  // namespace berth::meta
