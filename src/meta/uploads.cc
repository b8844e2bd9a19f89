// SPDX-License-Identifier: Apache-2.0
#include "meta/uploads.h"

#include "base/try.h"

namespace berth::meta {

namespace {

constexpr db::Sql kInsert(
    "INSERT INTO uploads (id, repository, owner, algorithm, started_at, touched_at, synced)"
    " VALUES ($1, $2, $3, $4, $5, $5, 0)");
constexpr db::Sql kFind(
    "SELECT repository, owner, algorithm, started_at, bytes, synced FROM uploads WHERE id = $1");
constexpr db::Sql kRemove("DELETE FROM uploads WHERE id = $1");
constexpr db::Sql kKeepBytes("UPDATE uploads SET bytes = $2 WHERE id = $1");
constexpr db::Sql kKeepOffset("UPDATE uploads SET bytes = NULL, synced = $2 WHERE id = $1");
constexpr db::Sql kTouch("UPDATE uploads SET touched_at = $2 WHERE id = $1");
constexpr db::Sql kCount("SELECT count(*) FROM (SELECT 1 FROM uploads WHERE owner = $1 LIMIT $2)");
constexpr db::Sql kExpired(
    "SELECT id FROM uploads WHERE touched_at < $1 ORDER BY touched_at, id LIMIT $2");

std::optional<oci::Algorithm> algorithm_of(std::int64_t stored) {
    switch (stored) {
        case static_cast<std::int64_t>(oci::Algorithm::sha256):
            return oci::Algorithm::sha256;
        case static_cast<std::int64_t>(oci::Algorithm::sha512):
            return oci::Algorithm::sha512;
        default:
            return std::nullopt;
    }
}

}  // namespace

Result<void> insert_upload(db::Session& session, const UploadRow& upload) {
    BERTH_TRY_VOID(session.execute(
        kInsert, {upload.id, upload.repository, upload.owner,
                  static_cast<std::int64_t>(upload.algorithm), upload.started_at.ticks}));
    return {};
}

Result<std::optional<UploadRow>> find_upload(db::Session& session, const std::string& id) {
    std::optional<UploadRow> found;
    bool readable = true;
    BERTH_TRY_VOID(session.query(kFind, {id}, [&](const db::Row& row) {
        found.emplace();
        found->id = id;
        found->repository = row.text(0);
        found->owner = row.text(1);
        const std::optional<oci::Algorithm> algorithm = algorithm_of(row.integer(2));
        readable = algorithm.has_value();
        found->algorithm = algorithm.value_or(oci::Algorithm::sha256);
        found->started_at.ticks = row.integer(3);
        found->bytes = as_text(row.bytes(4));
        if (!row.is_null(5)) {
            found->synced = static_cast<std::uint64_t>(row.integer(5));
        }
        return false;
    }));
    if (!readable) {
        return fail(Errc::corrupt, "an upload row names an unknown digest algorithm");
    }
    return found;
}

Result<bool> remove_upload(db::Session& session, const std::string& id) {
    BERTH_TRY(const std::int64_t removed, session.execute(kRemove, {id}));
    return removed > 0;
}

Result<void> keep_upload_bytes(db::Session& session, const std::string& id, ByteView bytes) {
    const db::Value kept = bytes.empty() ? db::Value() : db::Value(bytes);
    BERTH_TRY(const std::int64_t changed, session.execute(kKeepBytes, {id, kept}));
    if (changed == 0) {
        return fail(Errc::upload_unknown, "the session's row is gone");
    }
    return {};
}

Result<void> keep_upload_offset(db::Session& session, const std::string& id, std::uint64_t synced) {
    BERTH_TRY(const std::int64_t changed,
              session.execute(kKeepOffset, {id, static_cast<std::int64_t>(synced)}));
    if (changed == 0) {
        return fail(Errc::upload_unknown, "the session's row is gone");
    }
    return {};
}

Result<void> touch_upload(db::Session& session, const std::string& id, Timestamp now) {
    BERTH_TRY_VOID(session.execute(kTouch, {id, now.ticks}));
    return {};
}

Result<std::uint32_t> count_uploads(db::Session& session, const std::string& owner,
                                    std::uint32_t most) {
    std::uint32_t found = 0;
    BERTH_TRY_VOID(session.query(kCount, {owner, static_cast<std::int64_t>(most)},
                                 [&found](const db::Row& row) {
                                     found = static_cast<std::uint32_t>(row.integer(0));
                                     return false;
                                 }));
    return found;
}

Result<std::vector<std::string>> expired_uploads(db::Session& session, Timestamp before,
                                                 std::uint32_t limit) {
    std::vector<std::string> ids;
    BERTH_TRY_VOID(session.query(kExpired, {before.ticks, static_cast<std::int64_t>(limit)},
                                 [&ids](const db::Row& row) {
                                     ids.emplace_back(row.text(0));
                                     return true;
                                 }));
    return ids;
}

}  // namespace berth::meta
