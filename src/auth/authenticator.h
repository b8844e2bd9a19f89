// SPDX-License-Identifier: Apache-2.0
//
// Credentials -> Principal. Passwords are checked against the accounts' hashes on the BlockingPool;
// a successful check is remembered for a minute under a keyed hash of name and password (never the
// password), so that a client's burst costs one hash. Tokens are checked by the TokenVerifier.
// Either way the account is read on every request: a disabled or deleted one ends at once.
#pragma once

#include "auth/basic_credentials.h"
#include "auth/key_ring.h"
#include "base/error.h"
#include "db/sql.h"
#include "io/blocking.h"
#include "io/task.h"
#include "oci/access.h"

#include <memory>
#include <optional>
#include <string_view>

namespace berth::auth {

class Authenticator {
  public:
    /// References must outlive the object.
    Authenticator(db::Database& database, io::BlockingPool& pool, KeyRing& keys);
    ~Authenticator();

    /// The value of the Authorization header, nullopt when absent (then: anonymous). `audience` is
    /// what the client calls the registry; a token is for one audience. Errors: unauthenticated
    /// for what is neither Basic nor Bearer and for wrong Basic credentials; token_malformed and
    /// token_invalid for Bearer; unavailable when the pool is full. The time a refusal takes does
    /// not tell whether the account exists.
    io::Task<Result<oci::Principal>> authenticate(std::optional<std::string_view> authorization,
                                                  std::string_view audience);
    /// Name and password; with the name kNilGuid the password is a refresh or access token
    /// (acr-wire 4.6). Errors: unauthenticated, unavailable.
    io::Task<Result<oci::Principal>> sign_in(const BasicCredentials& credentials,
                                             std::string_view audience);
    /// Errors: token_malformed, token_invalid.
    io::Task<Result<oci::Principal>> redeem(std::string_view refresh_token,
                                            std::string_view audience);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace berth::auth
