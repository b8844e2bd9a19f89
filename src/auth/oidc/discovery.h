// SPDX-License-Identifier: Apache-2.0
//
// An issuer's keys from its own documents: OpenID Connect Discovery 1.0, then the key set that it
// names.
#pragma once

#include "auth/oidc/document_source.h"
#include "auth/oidc/web_key.h"
#include "base/error.h"
#include "io/task.h"

#include <string>
#include <string_view>

namespace berth::auth {

/// What identifies a set of keys: the same for two issuers of the catalog that say the same.
struct KeyLocation {
    KeyLocation() = default;

    std::string issuer;     // what the discovery document must say it is
    std::string discovery;  // without the well-known part
    FetchRules rules;
};

/// `jwks_uri` of a discovery document. Errc::bad_request when it is none, is another issuer's, or
/// its keys are not at an https URL (`allow_http`: or http).
Result<std::string> parse_discovery(std::string_view json, std::string_view issuer,
                                    bool allow_http);

/// Errc::unavailable whatever went wrong, with what it was in log_detail: the token that asked for
/// the keys may be right.
io::Task<Result<WebKeys>> discover_keys(DocumentSource& documents, KeyLocation location);

}  // namespace berth::auth
