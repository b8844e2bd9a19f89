// SPDX-License-Identifier: Apache-2.0
#include "auth/oidc/local_identity.h"

#include "auth/oidc/issuer_document.h"
#include "auth/oidc/trust_book.h"

namespace berth::auth {
namespace {

std::string subject_of(const ForeignClaims& claims) {
    if (!claims.object_id.empty()) {
        return claims.object_id;
    }
    return claims.app_id.empty() ? claims.subject : claims.app_id;
}

}  // namespace

Result<oci::Principal> admit_unchecked(const ForeignClaims& claims, Seconds now) {
    if (!is_guid(claims.tenant)) {
        return fail(Errc::token_invalid, "not shaped like a token of Entra ID: no tid");
    }
    if (check_time(claims, now, kClockSkew) != TokenTime::good) {
        return fail(Errc::token_invalid, "the token has expired or is not valid yet");
    }
    oci::Trust trust;
    trust.issuer = kLocalIssuer;
    trust.subject = subject_of(claims);
    if (!is_usable_subject(trust.subject)) {
        return fail(Errc::token_invalid, "the token's subject is missing, too long or not ASCII");
    }
    return readmit_unchecked(trust);
}

oci::Principal readmit_unchecked(const oci::Trust& trust) {
    oci::Principal principal;
    principal.kind = oci::Principal::Kind::federated;
    principal.name = trust.issuer + ":" + trust.subject;
    principal.rules = std::make_shared<const oci::Rules>(
        1, oci::Rule("*", oci::ActionSet::all(), std::string(kLocalIssuer)));
    principal.trust = std::make_shared<const oci::Trust>(trust);
    return principal;
}

}  // namespace berth::auth
