// SPDX-License-Identifier: Apache-2.0
//
// The whole input as a discovery document, a token of another issuer, and the documents of an
// issuer and of a rule. What was read keeps the promises of its header; what can be printed is
// read again the same.
#include "auth/oidc/claim_pattern.h"
#include "auth/oidc/discovery.h"
#include "auth/oidc/foreign_token.h"
#include "auth/oidc/issuer_document.h"
#include "auth/oidc/trust_rule.h"
#include "base/assert.h"

#include <cstddef>
#include <cstdint>

namespace {

using namespace berth;

void check_claims(const auth::ForeignClaims& claims) {
    std::size_t count = 0;
    for (const auto& [name, texts] : claims.texts) {
        count += texts.size();
        auth::TrustRule rule;
        rule.conditions.emplace_back(name, "*");
        BERTH_CHECK(auth::matches(rule, claims.texts) == !texts.empty());
        for (const std::string& text : texts) {
            BERTH_CHECK(auth::matches_claim("*" + text.substr(0, 64) + "*", text));
        }
    }
    BERTH_CHECK(count <= auth::kClaimTextsMax);
    BERTH_CHECK(!claims.expires || *claims.expires >= 0);
    BERTH_CHECK(auth::check_time(auth::ForeignClaims(), 0, 0) == auth::TokenTime::expired);
    static_cast<void>(auth::check_time(claims, 1'700'000'000, auth::kClockSkew));
}

void check_token(std::string_view text) {
    const auto token = auth::parse_foreign_token(text);
    if (token) {
        BERTH_CHECK(!token->kid.empty() && token->kid.size() <= auth::kKidBytesMax);
        BERTH_CHECK(text.starts_with(token->jwt.signed_text));
        BERTH_CHECK(text.size() <= auth::kForeignTokenBytesMax);
        check_claims(token->claims);
    }
    const auto claims = auth::parse_unsigned_claims(text);
    BERTH_CHECK(claims || !token);
    // Most of what a fuzzer makes is no JWT: its payload alone as well.
    const auto wrapped =
        auth::parse_unsigned_claims(auth::join_jwt(auth::jwt_signed_text("{}", text), "signature"));
    if (wrapped) {
        check_claims(*wrapped);
    }
}

void check_issuer(std::string_view text) {
    const auto document = auth::parse_issuer_document(text);
    if (!document) {
        BERTH_CHECK(!document.error().log_detail.empty());
        return;
    }
    const auto again = auth::parse_issuer_document(auth::print(*document));
    BERTH_CHECK(again && *again == *document);
    const auto locations = auth::locations_of(*document);
    BERTH_CHECK(!locations.empty() && !document->audiences.empty());
    for (const auth::IssuerLocation& location : locations) {
        BERTH_CHECK(location.discovery.starts_with("http"));
        BERTH_CHECK(document->allow_private || location.discovery.starts_with("https://"));
    }
}

void check_rule(std::string_view text) {
    const auto rule = auth::parse_trust_rule(text);
    if (!rule) {
        BERTH_CHECK(!rule.error().log_detail.empty());
        return;
    }
    const auto again = auth::parse_trust_rule(auth::print(*rule));
    BERTH_CHECK(again && *again == *rule);
    BERTH_CHECK(!auth::matches(*rule, auth::ClaimTexts()));
}

void check_discovery(std::string_view text) {
    const auto keys_url = auth::parse_discovery(text, "https://i.example", false);
    BERTH_CHECK(!keys_url || keys_url->starts_with("https://"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check_token(input);
    check_issuer(input);
    check_rule(input);
    check_discovery(input);
    return 0;
}
