// SPDX-License-Identifier: Apache-2.0
#include "meta/signing_keys.h"

#include "base/bytes.h"
#include "base/try.h"

namespace berth::meta {

namespace {

constexpr db::Sql kFind(
    "SELECT kid, private_key, registry_id FROM signing_keys, registry_identity"
    " ORDER BY created_at DESC, kid LIMIT 1");
constexpr db::Sql kInsert(
    "INSERT INTO signing_keys (kid, private_key, created_at) VALUES ($1, $2, $3)");
constexpr db::Sql kIdentify(
    "INSERT INTO registry_identity (one, registry_id) VALUES (1, $1) ON CONFLICT (one) DO NOTHING");

}  // namespace

Result<std::optional<SigningKeyRow>> find_signing_key(db::Session& session) {
    std::optional<SigningKeyRow> found;
    BERTH_TRY_VOID(session.query(kFind, {}, [&found](const db::Row& row) {
        found.emplace();
        found->kid = row.text(0);
        found->private_key = as_text(row.bytes(1));
        found->registry_id = row.text(2);
        return false;
    }));
    return found;
}

Result<SigningKeyRow> ensure_signing_key(db::Session& session, const SigningKeyRow& row,
                                         Timestamp now) {
    BERTH_TRY(std::optional<SigningKeyRow> found, find_signing_key(session));
    if (found) {
        return *std::move(found);
    }
    BERTH_TRY_VOID(session.execute(kIdentify, {row.registry_id}));
    BERTH_TRY_VOID(session.execute(kInsert, {row.kid, as_bytes(row.private_key), now.ticks}));
    BERTH_TRY(found, find_signing_key(session));
    if (!found) {
        return fail(Errc::internal, "the signing key just stored is not there");
    }
    return *std::move(found);
}

}  // namespace berth::meta
