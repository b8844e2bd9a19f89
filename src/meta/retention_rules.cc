// SPDX-License-Identifier: Apache-2.0
#include "meta/retention_rules.h"

#include "base/try.h"

namespace berth::meta {

namespace {

#define BERTH_SELECT_RULES                                                              \
    "SELECT name, repositories, tags, untagged, older_than, not_pulled_for, keep_last," \
    " enabled, created_at, updated_at FROM retention_rules"

// Few, so nobody pages through them; the order is that of the key.
constexpr db::Sql kList(BERTH_SELECT_RULES " WHERE name > '' ORDER BY name");
constexpr db::Sql kFind(BERTH_SELECT_RULES " WHERE name = $1");
constexpr db::Sql kCreate(
    "INSERT INTO retention_rules (name, repositories, tags, untagged, older_than, not_pulled_for,"
    " keep_last, enabled, created_at, updated_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)");
constexpr db::Sql kEnable(
    "UPDATE retention_rules SET enabled = $2, updated_at = $3 WHERE name = $1");
constexpr db::Sql kDelete("DELETE FROM retention_rules WHERE name = $1");

std::optional<std::int64_t> number_or_none(const db::Row& row, int column) {
    if (row.is_null(column)) {
        return std::nullopt;
    }
    return row.integer(column);
}

db::Value number_or_null(const std::optional<std::int64_t>& number) {
    if (!number) {
        return std::monostate();
    }
    return *number;
}

RetentionRuleRow rule_columns(const db::Row& row) {
    RetentionRuleRow rule;
    rule.name = row.text(0);
    rule.repositories = row.text(1);
    rule.tags = row.text(2);
    rule.untagged = row.integer(3) != 0;
    rule.older_than = number_or_none(row, 4);
    rule.not_pulled_for = number_or_none(row, 5);
    rule.keep_last = number_or_none(row, 6);
    rule.enabled = row.integer(7) != 0;
    rule.created = Timestamp{row.integer(8)};
    rule.updated = Timestamp{row.integer(9)};
    return rule;
}

}  // namespace

Result<std::vector<RetentionRuleRow>> list_retention_rules(db::Session& session) {
    std::vector<RetentionRuleRow> rules;
    BERTH_TRY_VOID(session.query(kList, {}, [&rules](const db::Row& row) {
        rules.push_back(rule_columns(row));
        return true;
    }));
    return rules;
}

Result<std::optional<RetentionRuleRow>> find_retention_rule(db::Session& session,
                                                            std::string_view name) {
    std::optional<RetentionRuleRow> found;
    BERTH_TRY_VOID(session.query(kFind, {name}, [&found](const db::Row& row) {
        found = rule_columns(row);
        return false;
    }));
    return found;
}

Result<void> create_retention_rule(db::Session& session, const RetentionRuleRow& rule,
                                   Timestamp now) {
    BERTH_TRY_VOID(session.execute(
        kCreate, {std::string_view(rule.name), std::string_view(rule.repositories),
                  std::string_view(rule.tags), std::int64_t{rule.untagged ? 1 : 0},
                  number_or_null(rule.older_than), number_or_null(rule.not_pulled_for),
                  number_or_null(rule.keep_last), std::int64_t{rule.enabled ? 1 : 0}, now.ticks}));
    return {};
}

Result<bool> enable_retention_rule(db::Session& session, std::string_view name, bool enabled,
                                   Timestamp now) {
    BERTH_TRY(const std::int64_t changed,
              session.execute(kEnable, {name, std::int64_t{enabled ? 1 : 0}, now.ticks}));
    return changed > 0;
}

Result<bool> delete_retention_rule(db::Session& session, std::string_view name) {
    BERTH_TRY(const std::int64_t removed, session.execute(kDelete, {name}));
    return removed > 0;
}

}  // namespace berth::meta
