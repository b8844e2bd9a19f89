// SPDX-License-Identifier: Apache-2.0
//
// The whole input as an Authorization header, a token, claims, and scopes. What is read keeps the
// promises of its header; what was read as claims is written and read again the same.
#include "auth/basic_credentials.h"
#include "auth/jwt.h"
#include "auth/scope_text.h"
#include "auth/token_claims.h"
#include "base/assert.h"
#include "oci/names.h"

#include <cstddef>
#include <cstdint>

namespace {

using namespace berth;

void check_claims(std::string_view text) {
    const auto claims = auth::parse_claims(text);
    if (!claims) {
        return;
    }
    const auto again = auth::parse_claims(auth::claims_text(*claims));
    BERTH_CHECK(again && again->subject == claims->subject && again->access == claims->access &&
                again->audience == claims->audience && again->expires == claims->expires &&
                again->issued == claims->issued && again->kind == claims->kind &&
                again->trust == claims->trust);
    // The trust of a federated caller stands in the epoch's place.
    BERTH_CHECK(claims->trust || claims->subject == auth::kNilGuid ||
                again->epoch == claims->epoch);
}

void check_token(std::string_view text) {
    const auto jwt = auth::split_jwt(text);
    if (!jwt) {
        return;
    }
    const std::string signed_text = auth::jwt_signed_text(jwt->header, jwt->payload);
    BERTH_CHECK(signed_text == jwt->signed_text);
    BERTH_CHECK(auth::join_jwt(signed_text, jwt->signature) == text);
    check_claims(jwt->payload);
}

void check_scopes(std::string_view text) {
    const auto scopes = auth::parse_scopes({text});
    if (!scopes) {
        return;
    }
    BERTH_CHECK(scopes->size() <= auth::kScopesMax);
    for (const oci::Scope& scope : *scopes) {
        BERTH_CHECK(!scope.actions.empty());
        BERTH_CHECK((scope.type == "registry" && scope.name == "catalog") || scope.name == "*" ||
                    oci::Repository::parse(scope.name));
    }
}

void check_credentials(std::string_view text) {
    const auto basic = auth::parse_basic(text);
    BERTH_CHECK(!basic || (!basic->name.empty() && !auth::parse_bearer(text)));
    BERTH_CHECK(!basic || basic->name.find(':') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check_token(input);
    check_claims(input);
    check_scopes(input);
    check_credentials(input);
    return 0;
}
