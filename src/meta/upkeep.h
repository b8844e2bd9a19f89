// SPDX-License-Identifier: Apache-2.0
//
// What work in the background remembers across restarts: one text per name, in its writer's own
// form. Of the catalog, so that a command beside a server sees the same.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::meta {

struct UpkeepRow {
    UpkeepRow() = default;
    std::string name;
    std::string value;
    Timestamp updated;
};

Result<std::optional<UpkeepRow>> find_upkeep(db::Session& session, std::string_view name);
/// `name` and all whose names are `name`, a point and more. Few.
Result<std::vector<UpkeepRow>> upkeep_below(db::Session& session, std::string_view name);
Result<void> set_upkeep(db::Session& session, std::string_view name, std::string_view value,
                        Timestamp now);
Result<void> remove_upkeep(db::Session& session, std::string_view name);

}  // namespace berth::meta
