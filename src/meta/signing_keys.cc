// SPDX-License-Identifier: Apache-2.0
#include "meta/signing_keys.h"

#include "base/bytes.h"
#include "base/try.h"
#include "meta/access_generation.h"

namespace berth::meta {

namespace {

constexpr db::Sql kList(
    "SELECT kid, private_key, registry_id, created_at, retired_at"
    " FROM signing_keys, registry_identity"
    " ORDER BY retired_at IS NOT NULL, retired_at DESC, created_at DESC, kid");
constexpr db::Sql kInsert(
    "INSERT INTO signing_keys (kid, private_key, created_at) VALUES ($1, $2, $3)");
constexpr db::Sql kIdentify(
    "INSERT INTO registry_identity (one, registry_id) VALUES (1, $1) ON CONFLICT (one) DO NOTHING");
constexpr db::Sql kRetire("UPDATE signing_keys SET retired_at = $1 WHERE retired_at IS NULL");
constexpr db::Sql kOver("SELECT kid FROM signing_keys WHERE retired_at <= $1 ORDER BY kid");
constexpr db::Sql kPrune("DELETE FROM signing_keys WHERE retired_at <= $1");

Result<void> insert(db::Session& session, const SigningKeyRow& row, Timestamp now) {
    BERTH_TRY_VOID(raise_access_generation(session));
    BERTH_TRY_VOID(session.execute(kIdentify, {row.registry_id}));
    BERTH_TRY_VOID(session.execute(kInsert, {row.kid, as_bytes(row.private_key), now.ticks}));
    return {};
}

}  // namespace

Result<std::vector<SigningKeyRow>> list_signing_keys(db::Session& session) {
    std::vector<SigningKeyRow> keys;
    BERTH_TRY_VOID(session.query(kList, {}, [&keys](const db::Row& row) {
        SigningKeyRow& key = keys.emplace_back();
        key.kid = row.text(0);
        key.private_key = as_text(row.bytes(1));
        key.registry_id = row.text(2);
        key.created_at = Timestamp{row.integer(3)};
        if (!row.is_null(4)) {
            key.retired_at = Timestamp{row.integer(4)};
        }
        return true;
    }));
    return keys;
}

Result<SigningKeyRow> ensure_signing_key(db::Session& session, const SigningKeyRow& row,
                                         Timestamp now) {
    BERTH_TRY(std::vector<SigningKeyRow> known, list_signing_keys(session));
    if (known.empty() || known.front().retired_at) {
        BERTH_TRY_VOID(insert(session, row, now));
        BERTH_TRY(known, list_signing_keys(session));
    }
    if (known.empty()) {
        return fail(Errc::internal, "the signing key just stored is not there");
    }
    return std::move(known.front());
}

Result<void> rotate_signing_key(db::Session& session, const SigningKeyRow& row, Timestamp now) {
    BERTH_TRY_VOID(session.execute(kRetire, {now.ticks}));
    return insert(session, row, now);
}

Result<std::vector<std::string>> prune_signing_keys(db::Session& session, Timestamp last) {
    std::vector<std::string> kids;
    BERTH_TRY_VOID(session.query(kOver, {last.ticks}, [&kids](const db::Row& row) {
        kids.emplace_back(row.text(0));
        return true;
    }));
    if (!kids.empty()) {
        BERTH_TRY_VOID(raise_access_generation(session));
        BERTH_TRY_VOID(session.execute(kPrune, {last.ticks}));
    }
    return kids;
}

}  // namespace berth::meta
