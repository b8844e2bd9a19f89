// SPDX-License-Identifier: Apache-2.0
#include "auth/oidc/trust_rule.h"

#include "auth/oidc/claim_pattern.h"
#include "auth/oidc/json_members.h"
#include "base/encode.h"
#include "base/try.h"

#include <algorithm>

namespace berth::auth {
namespace {

constexpr std::size_t kConditionsMax = 32;
constexpr std::size_t kScopeMapsMax = 32;
constexpr std::size_t kTextBytesMax = 1024;

bool is_short_text(std::string_view text) {
    return !text.empty() && text.size() <= kTextBytesMax;
}

bool holds(const ClaimCondition& condition, const ClaimTexts& claims) {
    const auto found = claims.find(condition.name);
    return found != claims.end() &&
           std::ranges::any_of(found->second, [&condition](const std::string& text) {
               return matches_claim(condition.pattern, text);
           });
}

}  // namespace

Result<ClaimCondition> parse_condition(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size()) {
        return fail(Errc::bad_request, "'" + std::string(text) + "' is not NAME=PATTERN");
    }
    return ClaimCondition(std::string(text.substr(0, equals)),
                          std::string(text.substr(equals + 1)));
}

Result<void> check(const TrustRule& rule) {
    if (rule.conditions.empty() || rule.conditions.size() > kConditionsMax) {
        return fail(Errc::bad_request, "a rule has from 1 to " + std::to_string(kConditionsMax) +
                                           " conditions on claims");
    }
    if (rule.scope_maps.empty() || rule.scope_maps.size() > kScopeMapsMax) {
        return fail(Errc::bad_request,
                    "a rule has from 1 to " + std::to_string(kScopeMapsMax) + " scope maps");
    }
    for (const ClaimCondition& condition : rule.conditions) {
        if (!is_short_text(condition.name) || !is_short_text(condition.pattern)) {
            return fail(Errc::bad_request, "a claim's name or pattern is empty or too long");
        }
    }
    if (!std::ranges::all_of(rule.scope_maps, is_short_text)) {
        return fail(Errc::bad_request, "a scope map's name is empty or too long");
    }
    return {};
}

std::string print(const TrustRule& rule) {
    std::string text = "{\"claims\":[";
    for (const ClaimCondition& condition : rule.conditions) {
        text += text.ends_with('[') ? "" : ",";
        text += "{\"name\":" + json_quote(condition.name) +
                ",\"pattern\":" + json_quote(condition.pattern) + "}";
    }
    text += "],\"scope_maps\":[";
    for (const std::string& scope_map : rule.scope_maps) {
        text += text.ends_with('[') ? "" : ",";
        text += json_quote(scope_map);
    }
    return text + "]}";
}

Result<TrustRule> parse_trust_rule(std::string_view json) {
    BERTH_TRY(const boost::json::object object, parse_json_object(json));
    TrustRule rule;
    std::vector<const boost::json::object*> claims;
    JsonMembers members(object);
    members.read("claims", claims);
    members.read("scope_maps", rule.scope_maps);
    BERTH_TRY_VOID(members.finish());
    for (const boost::json::object* claim : claims) {
        ClaimCondition condition;
        JsonMembers parts(*claim);
        parts.read("name", condition.name);
        parts.read("pattern", condition.pattern);
        BERTH_TRY_VOID(parts.finish());
        rule.conditions.push_back(std::move(condition));
    }
    BERTH_TRY_VOID(check(rule));
    return rule;
}

bool matches(const TrustRule& rule, const ClaimTexts& claims) {
    return !rule.conditions.empty() &&
           std::ranges::all_of(rule.conditions, [&claims](const ClaimCondition& condition) {
               return holds(condition, claims);
           });
}

}  // namespace berth::auth
