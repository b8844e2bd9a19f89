// SPDX-License-Identifier: Apache-2.0
//
// Scope maps: named lists of rules (acr-wire 4.10). Every change raises the access generation in
// the caller's transaction.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "oci/access.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::meta {

struct ScopeMapRow {
    ScopeMapRow() = default;
    std::string name;
    std::string description;
    Timestamp created_at;
    Timestamp updated_at;
    /// In bytewise order of their patterns; each rule's origin is the map's name.
    std::vector<oci::Rule> rules;

    /// Comes with the registry and does not change.
    bool is_built_in() const { return name.starts_with('_'); }
};

Result<std::optional<ScopeMapRow>> find_scope_map(db::Session& session, const std::string& name);
/// In bytewise order of their names.
Result<std::vector<ScopeMapRow>> list_scope_maps(db::Session& session);
/// Appends the rules of `scope_map` to `rules`; nothing when there is no such map.
Result<void> read_rules(db::Session& session, const std::string& scope_map,
                        std::vector<oci::Rule>& rules);
/// Makes or replaces the map: description and rules. A rule without actions is left out.
Result<void> put_scope_map(db::Session& session, const ScopeMapRow& scope_map, Timestamp now);
/// Takes it from its accounts too. False when there is none.
Result<bool> delete_scope_map(db::Session& session, const std::string& name);
/// Accounts that have it, in bytewise order.
Result<std::vector<std::string>> accounts_with(db::Session& session, const std::string& scope_map);

}  // namespace berth::meta
