// SPDX-License-Identifier: Apache-2.0
#include "meta/upkeep.h"

#include "base/try.h"

namespace berth::meta {

namespace {

constexpr db::Sql kFind("SELECT value, updated_at FROM upkeep WHERE name = $1");
constexpr db::Sql kSet(
    "INSERT INTO upkeep (name, value, updated_at) VALUES ($1, $2, $3) ON CONFLICT (name)"
    " DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at");
constexpr db::Sql kRemove("DELETE FROM upkeep WHERE name = $1");

}  // namespace

Result<std::optional<UpkeepRow>> find_upkeep(db::Session& session, std::string_view name) {
    std::optional<UpkeepRow> found;
    BERTH_TRY_VOID(session.query(kFind, {name}, [&found](const db::Row& row) {
        found.emplace();
        found->value = row.text(0);
        found->updated = Timestamp{row.integer(1)};
        return false;
    }));
    return found;
}

Result<void> set_upkeep(db::Session& session, std::string_view name, std::string_view value,
                        Timestamp now) {
    BERTH_TRY_VOID(session.execute(kSet, {name, value, now.ticks}));
    return {};
}

Result<void> remove_upkeep(db::Session& session, std::string_view name) {
    BERTH_TRY_VOID(session.execute(kRemove, {name}));
    return {};
}

}  // namespace berth::meta
