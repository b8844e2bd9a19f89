// SPDX-License-Identifier: Apache-2.0
#include "meta/scope_maps.h"

#include "base/try.h"
#include "meta/access_generation.h"

namespace berth::meta {

namespace {

constexpr db::Sql kFind(
    "SELECT name, description, created_at, updated_at FROM scope_maps WHERE name = $1");
constexpr db::Sql kList(
    "SELECT name, description, created_at, updated_at FROM scope_maps ORDER BY name");
constexpr db::Sql kRules(
    "SELECT pattern, actions FROM scope_rules WHERE scope_map = $1 ORDER BY pattern");
constexpr db::Sql kPut(
    "INSERT INTO scope_maps (name, description, created_at, updated_at) VALUES ($1, $2, $3, $3)"
    " ON CONFLICT (name) DO UPDATE SET description = excluded.description,"
    " updated_at = excluded.updated_at");
constexpr db::Sql kDropRules("DELETE FROM scope_rules WHERE scope_map = $1");
constexpr db::Sql kAddRule(
    "INSERT INTO scope_rules (scope_map, pattern, actions) VALUES ($1, $2, $3)");
constexpr db::Sql kTake("DELETE FROM account_scope_maps WHERE scope_map = $1");
constexpr db::Sql kDelete("DELETE FROM scope_maps WHERE name = $1");
constexpr db::Sql kAccounts(
    "SELECT account FROM account_scope_maps WHERE scope_map = $1 ORDER BY account");

ScopeMapRow scope_map_of(const db::Row& row) {
    ScopeMapRow scope_map;
    scope_map.name = row.text(0);
    scope_map.description = row.text(1);
    scope_map.created_at = Timestamp{row.integer(2)};
    scope_map.updated_at = Timestamp{row.integer(3)};
    return scope_map;
}

}  // namespace

Result<std::optional<ScopeMapRow>> find_scope_map(db::Session& session, const std::string& name) {
    std::optional<ScopeMapRow> found;
    BERTH_TRY_VOID(session.query(kFind, {name}, [&found](const db::Row& row) {
        found = scope_map_of(row);
        return false;
    }));
    if (found) {
        BERTH_TRY_VOID(read_rules(session, name, found->rules));
    }
    return found;
}

Result<std::vector<ScopeMapRow>> list_scope_maps(db::Session& session) {
    std::vector<ScopeMapRow> scope_maps;
    BERTH_TRY_VOID(session.query(kList, {}, [&scope_maps](const db::Row& row) {
        scope_maps.push_back(scope_map_of(row));
        return true;
    }));
    for (ScopeMapRow& scope_map : scope_maps) {
        BERTH_TRY_VOID(read_rules(session, scope_map.name, scope_map.rules));
    }
    return scope_maps;
}

Result<void> read_rules(db::Session& session, const std::string& scope_map,
                        std::vector<oci::Rule>& rules) {
    return session.query(kRules, {scope_map}, [&rules, &scope_map](const db::Row& row) {
        rules.emplace_back(std::string(row.text(0)),
                           oci::ActionSet::of_bits(static_cast<std::uint8_t>(row.integer(1))),
                           scope_map);
        return true;
    });
}

Result<void> put_scope_map(db::Session& session, const ScopeMapRow& scope_map, Timestamp now) {
    BERTH_TRY_VOID(raise_access_generation(session));
    BERTH_TRY_VOID(session.execute(kPut, {scope_map.name, scope_map.description, now.ticks}));
    BERTH_TRY_VOID(session.execute(kDropRules, {scope_map.name}));
    for (const oci::Rule& rule : scope_map.rules) {
        const std::int64_t actions = rule.actions.bits();
        if (actions != 0) {
            BERTH_TRY_VOID(session.execute(kAddRule, {scope_map.name, rule.pattern, actions}));
        }
    }
    return {};
}

Result<bool> delete_scope_map(db::Session& session, const std::string& name) {
    BERTH_TRY_VOID(raise_access_generation(session));
    BERTH_TRY_VOID(session.execute(kTake, {name}));
    BERTH_TRY_VOID(session.execute(kDropRules, {name}));
    BERTH_TRY(const std::int64_t gone, session.execute(kDelete, {name}));
    return gone > 0;
}

Result<std::vector<std::string>> accounts_with(db::Session& session, const std::string& scope_map) {
    std::vector<std::string> accounts;
    BERTH_TRY_VOID(session.query(kAccounts, {scope_map}, [&accounts](const db::Row& row) {
        accounts.emplace_back(row.text(0));
        return true;
    }));
    return accounts;
}

}  // namespace berth::meta
