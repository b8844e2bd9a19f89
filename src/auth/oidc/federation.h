// SPDX-License-Identifier: Apache-2.0
//
// Trust in other issuers: a token of theirs -> Principal, and later, from our own token, the same
// Principal with the rights it has by then. Reads the access generation with every call, so what
// the command line changes counts at once. Any thread; never blocks.
#pragma once

#include "auth/oidc/document_source.h"
#include "auth/oidc/key_source.h"
#include "auth/trust_recall.h"
#include "base/error.h"
#include "db/sql.h"
#include "io/task.h"
#include "oci/access.h"
#include "telemetry/log.h"

#include <memory>
#include <string_view>

namespace berth::auth {

/// What POST /oauth2/exchange brings (acr-wire 4.4).
struct ForeignCredentials {
    std::string_view token;
    /// Empty, or what the client takes the tenant for; a GUID must agree with the token.
    std::string_view tenant;
};

class Federation final : public TrustRecall {
  public:
    struct Parts {
        db::Database& database;
        DocumentSource& documents;
        Spawn spawn;
        telemetry::Logger& log;
        /// The local mode: tokens of Entra ID's shape are taken without a look at their signature,
        /// unless they are of an issuer of the catalog.
        bool unchecked = false;
    };

    /// What `parts` refers to must outlive the object and what was spawned.
    explicit Federation(Parts parts);
    ~Federation() override;

    /// Errors: token_malformed; token_invalid; denied for who is known but has no role here;
    /// unavailable when the issuer's keys cannot be had; the database's.
    io::Task<Result<oci::Principal>> sign_in(ForeignCredentials credentials, Seconds now);

    io::Task<Result<oci::Principal>> recall(const oci::Trust& trust) override;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace berth::auth
