// SPDX-License-Identifier: Apache-2.0
#include "meta/issuers.h"

#include "base/try.h"
#include "meta/access_generation.h"

namespace berth::meta {

namespace {

constexpr db::Sql kFind(
    "SELECT name, document, enabled, epoch, created_at, updated_at FROM issuers WHERE name = $1");
constexpr db::Sql kList(
    "SELECT name, document, enabled, epoch, created_at, updated_at FROM issuers ORDER BY name");
constexpr db::Sql kCreate(
    "INSERT INTO issuers (name, document, enabled, epoch, created_at, updated_at)"
    " VALUES ($1, $2, $3, $4, $5, $5)");
constexpr db::Sql kEnable(
    "UPDATE issuers SET enabled = $2, epoch = $3, updated_at = $4 WHERE name = $1");
constexpr db::Sql kDelete("DELETE FROM issuers WHERE name = $1");
constexpr db::Sql kDeleteRules("DELETE FROM trust_rules WHERE issuer = $1");
constexpr db::Sql kDeleteBlocks("DELETE FROM blocked_subjects WHERE issuer = $1");

constexpr db::Sql kListRules(
    "SELECT issuer, name, document, epoch, created_at FROM trust_rules WHERE issuer = $1"
    " ORDER BY name");
constexpr db::Sql kCreateRule(
    "INSERT INTO trust_rules (issuer, name, document, epoch, created_at)"
    " VALUES ($1, $2, $3, $4, $5)");
constexpr db::Sql kDeleteRule("DELETE FROM trust_rules WHERE issuer = $1 AND name = $2");

constexpr db::Sql kListBlocked(
    "SELECT subject FROM blocked_subjects WHERE issuer = $1 ORDER BY subject");
constexpr db::Sql kIsBlocked("SELECT 1 FROM blocked_subjects WHERE issuer = $1 AND subject = $2");
constexpr db::Sql kBlock(
    "INSERT INTO blocked_subjects (issuer, subject, created_at) VALUES ($1, $2, $3)"
    " ON CONFLICT (issuer, subject) DO NOTHING");
constexpr db::Sql kUnblock("DELETE FROM blocked_subjects WHERE issuer = $1 AND subject = $2");

IssuerRow issuer_of(const db::Row& row) {
    IssuerRow issuer;
    issuer.name = row.text(0);
    issuer.document = row.text(1);
    issuer.enabled = row.integer(2) != 0;
    issuer.epoch = row.integer(3);
    issuer.created_at = Timestamp{row.integer(4)};
    issuer.updated_at = Timestamp{row.integer(5)};
    return issuer;
}

TrustRuleRow rule_of(const db::Row& row) {
    TrustRuleRow rule;
    rule.issuer = row.text(0);
    rule.name = row.text(1);
    rule.document = row.text(2);
    rule.epoch = row.integer(3);
    rule.created_at = Timestamp{row.integer(4)};
    return rule;
}

}  // namespace

Result<std::optional<IssuerRow>> find_issuer(db::Session& session, const std::string& name) {
    std::optional<IssuerRow> found;
    BERTH_TRY_VOID(session.query(kFind, {name}, [&found](const db::Row& row) {
        found = issuer_of(row);
        return false;
    }));
    return found;
}

Result<std::vector<IssuerRow>> list_issuers(db::Session& session) {
    std::vector<IssuerRow> issuers;
    BERTH_TRY_VOID(session.query(kList, {}, [&issuers](const db::Row& row) {
        issuers.push_back(issuer_of(row));
        return true;
    }));
    return issuers;
}

Result<void> create_issuer(db::Session& session, const IssuerRow& issuer, Timestamp now) {
    BERTH_TRY(const std::int64_t epoch, raise_access_generation(session));
    const std::int64_t enabled = issuer.enabled ? 1 : 0;
    BERTH_TRY_VOID(
        session.execute(kCreate, {issuer.name, issuer.document, enabled, epoch, now.ticks}));
    return {};
}

Result<bool> enable_issuer(db::Session& session, const std::string& name, bool enabled,
                           Timestamp now) {
    BERTH_TRY(const std::int64_t epoch, raise_access_generation(session));
    const std::int64_t state = enabled ? 1 : 0;
    BERTH_TRY(const std::int64_t changed,
              session.execute(kEnable, {name, state, epoch, now.ticks}));
    return changed > 0;
}

Result<bool> delete_issuer(db::Session& session, const std::string& name) {
    BERTH_TRY_VOID(raise_access_generation(session));
    BERTH_TRY_VOID(session.execute(kDeleteRules, {name}));
    BERTH_TRY_VOID(session.execute(kDeleteBlocks, {name}));
    BERTH_TRY(const std::int64_t gone, session.execute(kDelete, {name}));
    return gone > 0;
}

Result<std::vector<TrustRuleRow>> list_trust_rules(db::Session& session,
                                                   const std::string& issuer) {
    std::vector<TrustRuleRow> rules;
    BERTH_TRY_VOID(session.query(kListRules, {issuer}, [&rules](const db::Row& row) {
        rules.push_back(rule_of(row));
        return true;
    }));
    return rules;
}

Result<void> create_trust_rule(db::Session& session, const TrustRuleRow& rule, Timestamp now) {
    BERTH_TRY(const std::int64_t epoch, raise_access_generation(session));
    BERTH_TRY_VOID(
        session.execute(kCreateRule, {rule.issuer, rule.name, rule.document, epoch, now.ticks}));
    return {};
}

Result<bool> delete_trust_rule(db::Session& session, const std::string& issuer,
                               const std::string& name) {
    BERTH_TRY_VOID(raise_access_generation(session));
    BERTH_TRY(const std::int64_t gone, session.execute(kDeleteRule, {issuer, name}));
    return gone > 0;
}

Result<std::vector<std::string>> list_blocked_subjects(db::Session& session,
                                                       const std::string& issuer) {
    std::vector<std::string> subjects;
    BERTH_TRY_VOID(session.query(kListBlocked, {issuer}, [&subjects](const db::Row& row) {
        subjects.emplace_back(row.text(0));
        return true;
    }));
    return subjects;
}

Result<bool> is_blocked_subject(db::Session& session, const std::string& issuer,
                                const std::string& subject) {
    bool found = false;
    BERTH_TRY_VOID(session.query(kIsBlocked, {issuer, subject}, [&found](const db::Row&) {
        found = true;
        return false;
    }));
    return found;
}

Result<bool> block_subject(db::Session& session, const std::string& issuer,
                           const std::string& subject, Timestamp now) {
    BERTH_TRY_VOID(raise_access_generation(session));
    BERTH_TRY(const std::int64_t added, session.execute(kBlock, {issuer, subject, now.ticks}));
    return added > 0;
}

Result<bool> unblock_subject(db::Session& session, const std::string& issuer,
                             const std::string& subject) {
    BERTH_TRY_VOID(raise_access_generation(session));
    BERTH_TRY(const std::int64_t gone, session.execute(kUnblock, {issuer, subject}));
    return gone > 0;
}

}  // namespace berth::meta
