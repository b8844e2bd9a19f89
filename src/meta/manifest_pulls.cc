// SPDX-License-Identifier: Apache-2.0
#include "meta/manifest_pulls.h"

#include "base/try.h"

namespace berth::meta {

namespace {

constexpr db::Sql kNote(
    "INSERT INTO manifest_pulls (manifest_id, pulled_at)"
    " SELECT id, $2 FROM manifests WHERE id = $1"
    " ON CONFLICT (manifest_id) DO UPDATE SET pulled_at = excluded.pulled_at"
    " WHERE excluded.pulled_at - manifest_pulls.pulled_at >= $3");
constexpr db::Sql kLast("SELECT pulled_at FROM manifest_pulls WHERE manifest_id = $1");

}  // namespace

Result<void> note_manifest_pull(db::Session& session, std::int64_t manifest_id, Timestamp pulled,
                                std::int64_t apart) {
    BERTH_TRY_VOID(session.execute(kNote, {manifest_id, pulled.ticks, apart}));
    return {};
}

Result<std::optional<Timestamp>> last_manifest_pull(db::Session& session,
                                                    std::int64_t manifest_id) {
    std::optional<Timestamp> pulled;
    BERTH_TRY_VOID(session.query(kLast, {manifest_id}, [&pulled](const db::Row& row) {
        pulled = Timestamp{row.integer(0)};
        return false;
    }));
    return pulled;
}

}  // namespace berth::meta
