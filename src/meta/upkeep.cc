// SPDX-License-Identifier: Apache-2.0
#include "meta/upkeep.h"

#include "base/try.h"

#include <utility>

namespace berth::meta {

namespace {

constexpr db::Sql kFind("SELECT name, value, updated_at FROM upkeep WHERE name = $1");
constexpr db::Sql kBelow(
    "SELECT name, value, updated_at FROM upkeep WHERE name >= $1 AND name < $2 ORDER BY name");
constexpr db::Sql kSet(
    "INSERT INTO upkeep (name, value, updated_at) VALUES ($1, $2, $3) ON CONFLICT (name)"
    " DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at");
constexpr db::Sql kRemove("DELETE FROM upkeep WHERE name = $1");

UpkeepRow upkeep_columns(const db::Row& row) {
    UpkeepRow found;
    found.name = row.text(0);
    found.value = row.text(1);
    found.updated = Timestamp{row.integer(2)};
    return found;
}

}  // namespace

Result<std::optional<UpkeepRow>> find_upkeep(db::Session& session, std::string_view name) {
    std::optional<UpkeepRow> found;
    BERTH_TRY_VOID(session.query(kFind, {name}, [&found](const db::Row& row) {
        found = upkeep_columns(row);
        return false;
    }));
    return found;
}

Result<std::vector<UpkeepRow>> upkeep_below(db::Session& session, std::string_view name) {
    // '/' is next to '.'.
    const std::string end = std::string(name) + "/";
    std::vector<UpkeepRow> found;
    BERTH_TRY_VOID(session.query(kBelow, {name, std::string_view(end)}, [&](const db::Row& row) {
        UpkeepRow one = upkeep_columns(row);
        if (one.name.size() == name.size() || one.name[name.size()] == '.') {
            found.push_back(std::move(one));
        }
        return true;
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
