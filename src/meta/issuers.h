// SPDX-License-Identifier: Apache-2.0
//
// Other token issuers, the rules about their tokens, and the subjects that are blocked. What the
// documents mean is auth's matter. Every change raises the access generation in the caller's
// transaction; what is made or changed takes the new number for its epoch.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace berth::meta {

struct IssuerRow {
    IssuerRow() = default;
    std::string name;
    std::string document;
    bool enabled = true;
    std::int64_t epoch = 0;
    Timestamp created_at;
    Timestamp updated_at;
};

struct TrustRuleRow {
    TrustRuleRow() = default;
    std::string issuer;
    std::string name;
    std::string document;
    std::int64_t epoch = 0;
    Timestamp created_at;
};

Result<std::optional<IssuerRow>> find_issuer(db::Session& session, const std::string& name);
/// In bytewise order of their names.
Result<std::vector<IssuerRow>> list_issuers(db::Session& session);
/// Name, document and state of `issuer`. Errc::conflict when there is one of this name.
Result<void> create_issuer(db::Session& session, const IssuerRow& issuer, Timestamp now);
/// False when there is none. A change of state ends what was issued before.
Result<bool> enable_issuer(db::Session& session, const std::string& name, bool enabled,
                           Timestamp now);
/// With its rules and blocks. False when there is none.
Result<bool> delete_issuer(db::Session& session, const std::string& name);

/// In bytewise order of their names.
Result<std::vector<TrustRuleRow>> list_trust_rules(db::Session& session, const std::string& issuer);
/// Errc::conflict when the issuer has one of this name.
Result<void> create_trust_rule(db::Session& session, const TrustRuleRow& rule, Timestamp now);
/// False when there is none.
Result<bool> delete_trust_rule(db::Session& session, const std::string& issuer,
                               const std::string& name);

/// In bytewise order.
Result<std::vector<std::string>> list_blocked_subjects(db::Session& session,
                                                       const std::string& issuer);
Result<bool> is_blocked_subject(db::Session& session, const std::string& issuer,
                                const std::string& subject);
/// False when it was blocked already.
Result<bool> block_subject(db::Session& session, const std::string& issuer,
                           const std::string& subject, Timestamp now);
/// False when it was not blocked.
Result<bool> unblock_subject(db::Session& session, const std::string& issuer,
                             const std::string& subject);

}  // namespace berth::meta
