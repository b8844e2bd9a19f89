// SPDX-License-Identifier: Apache-2.0
//
// Makes tokens. What goes into an access token was decided by the Policy before; here it is only
// written down and signed, on the BlockingPool.
#pragma once

#include "auth/key_ring.h"
#include "auth/token_claims.h"
#include "base/error.h"
#include "io/blocking.h"
#include "io/task.h"
#include "oci/access.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::auth {

class TokenIssuer {
  public:
    /// References must outlive the object.
    TokenIssuer(KeyRing& keys, io::BlockingPool& pool, TokenLifetimes lifetimes = {})
        : keys_(keys), pool_(pool), lifetimes_(lifetimes) {}

    /// A token for `principal` at `audience`, good for `access`. It ends no later than the access
    /// token that narrows the principal, if one does. Errors: unavailable when the pool is full,
    /// the database's when the key has to be made.
    io::Task<Result<std::string>> issue_access(const oci::Principal& principal,
                                               std::string_view audience,
                                               std::vector<oci::Scope> access, Seconds now);
    /// A token that its holder may turn into access tokens, or use instead of the password.
    /// Requires an account whose rights no token narrows.
    io::Task<Result<std::string>> issue_refresh(const oci::Principal& principal,
                                                std::string_view audience, Seconds now);

    /// The keys that verify what was issued, for those who want to check it themselves.
    io::Task<Result<std::vector<SignerPtr>>> verifying_keys(Seconds now) {
        return keys_.verifying(now);
    }

  private:
    io::Task<Result<std::string>> sign(TokenClaims claims);

    KeyRing& keys_;
    io::BlockingPool& pool_;
    const TokenLifetimes lifetimes_;
};

/// `{"alg":"RS256","typ":"JWT","kid":"..."}`
std::string token_header(std::string_view kid);
/// The kid of a header that token_header() makes; nullopt for any other.
std::optional<std::string_view> kid_of_header(std::string_view header);

}  // namespace berth::auth
