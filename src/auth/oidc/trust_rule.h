// SPDX-License-Identifier: Apache-2.0
//
// Which tokens of an issuer may do what: all conditions on claims must hold, then the rule's scope
// maps count. As a value, as the JSON that the catalog keeps, and as a decision. Pure.
#pragma once

#include "auth/oidc/foreign_token.h"
#include "base/error.h"

#include <string>
#include <string_view>
#include <vector>

namespace berth::auth {

/// The claim has a text, or in an array one text, that fits the pattern (claim_pattern.h).
struct ClaimCondition {
    ClaimCondition() = default;

    ClaimCondition(std::string claim_name, std::string claim_pattern)
        : name(std::move(claim_name)), pattern(std::move(claim_pattern)) {}

    std::string name;
    std::string pattern;

    friend bool operator==(const ClaimCondition&, const ClaimCondition&) = default;
};

struct TrustRule {
    TrustRule() = default;

    std::vector<ClaimCondition> conditions;
    std::vector<std::string> scope_maps;

    friend bool operator==(const TrustRule&, const TrustRule&) = default;
};

/// `NAME=PATTERN`, as on the command line. Errc::bad_request with a text for the operator.
Result<ClaimCondition> parse_condition(std::string_view text);
/// At least one condition and one scope map, none empty, none too many. Errc::bad_request with a
/// text for the operator in log_detail.
Result<void> check(const TrustRule& rule);

/// JSON; parse_trust_rule() reads it back.
std::string print(const TrustRule& rule);
/// Errc::bad_request, with what is wrong in log_detail, also for members it does not know.
Result<TrustRule> parse_trust_rule(std::string_view json);

/// Whether the rule is for this token. Of a rule without conditions never.
bool matches(const TrustRule& rule, const ClaimTexts& claims);

}  // namespace berth::auth
