// SPDX-License-Identifier: Apache-2.0
//
// For the local mode only: whom a token shaped like Entra ID's stands for when nobody checks its
// signature. Such an identity may do everything. Pure.
#pragma once

#include "auth/oidc/foreign_token.h"
#include "base/error.h"
#include "oci/access.h"

#include <string_view>

namespace berth::auth {

/// What the local mode calls its issuer; no issuer of the catalog has this name.
inline constexpr std::string_view kLocalIssuer = "local";

/// Takes what has a tenant id and an object id, app id or subject, and is valid at `now`. Errors:
/// token_invalid.
Result<oci::Principal> admit_unchecked(const ForeignClaims& claims, Seconds now);
/// The same again from a token of our own.
oci::Principal readmit_unchecked(const oci::Trust& trust);

}  // namespace berth::auth
