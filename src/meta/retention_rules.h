// SPDX-License-Identifier: Apache-2.0
//
// Retention rules as they are stored (docs/retention.md). A running server reads them anew before
// each run.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::meta {

struct RetentionRuleRow {
    std::string name;
    std::string repositories = "*";  // oci/glob.h, as `tags`
    std::string tags = "*";
    bool untagged = false;  // about manifests without a tag, instead of tags
    // Seconds; nullopt: no such condition.
    std::optional<std::int64_t> older_than;
    std::optional<std::int64_t> not_pulled_for;
    std::optional<std::int64_t> keep_last;
    bool enabled = true;
    Timestamp created;
    Timestamp updated;
};

/// By name.
Result<std::vector<RetentionRuleRow>> list_retention_rules(db::Session& session);
Result<std::optional<RetentionRuleRow>> find_retention_rule(db::Session& session,
                                                            std::string_view name);
/// Errc::conflict when there is one of that name.
Result<void> create_retention_rule(db::Session& session, const RetentionRuleRow& rule,
                                   Timestamp now);
/// False when there is none.
Result<bool> enable_retention_rule(db::Session& session, std::string_view name, bool enabled,
                                   Timestamp now);
Result<bool> delete_retention_rule(db::Session& session, std::string_view name);

}  // namespace berth::meta
