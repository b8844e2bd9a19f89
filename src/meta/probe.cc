// SPDX-License-Identifier: Apache-2.0
#include "meta/probe.h"

#include "base/try.h"

namespace berth::meta {

namespace {

constexpr db::Sql kRead("SELECT max(version) FROM schema_version");
constexpr db::Sql kWrite(
    "INSERT INTO upkeep (name, value, updated_at) VALUES ('write_probe', '', $1) "
    "ON CONFLICT (name) DO UPDATE SET updated_at = excluded.updated_at");

}  // namespace

Result<void> probe_read(db::Session& session) {
    return session.query(kRead, {}, [](const db::Row&) { return false; });
}

Result<void> probe_write(db::Session& session, Timestamp now) {
    BERTH_TRY_VOID(session.execute(kWrite, {now.ticks}));
    return {};
}

}  // namespace berth::meta
