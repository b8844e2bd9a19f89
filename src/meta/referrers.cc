// SPDX-License-Identifier: Apache-2.0
//
// list_referrers: the query over the subject column (acr-wire 13).
#include "base/try.h"
#include "meta/columns.h"
#include "meta/manifests.h"

#include <optional>

namespace berth::meta {

namespace {

constexpr db::Sql kListAll(
    "SELECT manifests.digest, manifests.media_type, manifests.artifact_type, manifests.size,"
    " manifests.annotations FROM repositories"
    " JOIN manifests ON manifests.repository_id = repositories.id"
    " WHERE repositories.name = $1 AND manifests.subject = $2 AND manifests.digest > $3"
    " AND manifests.list_enabled = 1 ORDER BY manifests.digest LIMIT $4");
constexpr db::Sql kListOfType(
    "SELECT manifests.digest, manifests.media_type, manifests.artifact_type, manifests.size,"
    " manifests.annotations FROM repositories"
    " JOIN manifests ON manifests.repository_id = repositories.id"
    " WHERE repositories.name = $1 AND manifests.subject = $2 AND manifests.digest > $3"
    " AND manifests.artifact_type = $5 AND manifests.list_enabled = 1"
    " ORDER BY manifests.digest LIMIT $4");

Result<ReferrerRow> referrer_of(const db::Row& row) {
    BERTH_TRY(const oci::Digest digest, digest_column(row, 0));
    return ReferrerRow(digest, std::string(row.text(1)), std::string(row.text(2)),
                       static_cast<std::uint64_t>(row.integer(3)), std::string(row.text(4)));
}

}  // namespace

Result<Page<ReferrerRow>> list_referrers(db::Session& session, const oci::Repository& repository,
                                         const oci::Digest& subject,
                                         const std::string& artifact_type,
                                         const PageRequest& page) {
    BERTH_TRY(const std::optional<oci::Digest> last, last_digest(page));
    const ByteView after = last ? last->stored() : ByteView();
    if (artifact_type.empty()) {
        return query_page<ReferrerRow>(
            session, kListAll, {repository.text(), subject.stored(), after, rows_to_ask(page)},
            page, referrer_of);
    }
    return query_page<ReferrerRow>(
        session, kListOfType,
        {repository.text(), subject.stored(), after, rows_to_ask(page), artifact_type}, page,
        referrer_of);
}

}  // namespace berth::meta
