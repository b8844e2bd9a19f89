// SPDX-License-Identifier: Apache-2.0
//
// Credentials -> Principal. Passwords are checked against the accounts' hashes on the BlockingPool;
// a successful check is remembered for a minute under a keyed hash of name and password (never the
// password), so that a client's burst costs one hash. Tokens are checked by the TokenVerifier.
// Either way the account is looked up on every request (Directory): one that is disabled, deleted,
// expired or has another epoch ends at once.
#pragma once

#include "auth/basic_credentials.h"
#include "auth/directory.h"
#include "auth/key_ring.h"
#include "auth/sign_in_throttle.h"
#include "auth/trust_recall.h"
#include "base/error.h"
#include "io/blocking.h"
#include "io/task.h"
#include "oci/access.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace berth::auth {

/// The well-known account of the local mode. It is in no catalog; where no local mode is it and its
/// tokens are unknown.
struct LocalAccount {
    LocalAccount() = default;
    std::string name;
    std::string password;
};

/// What a request says beside its credentials.
struct Arrival {
    /// What the client calls the registry; a token is for one audience.
    std::string_view audience;
    /// Where it comes from.
    std::string_view address;
};

class Authenticator {
  public:
    struct Parts {
        Directory& directory;
        io::BlockingPool& pool;
        KeyRing& keys;
        SignInThrottle& throttle;
        TrustRecall* trust = nullptr;  // without it no token of a federated caller is good
        std::optional<LocalAccount> local_account = std::nullopt;
    };

    /// What `parts` refers to must outlive the object.
    explicit Authenticator(Parts parts);
    ~Authenticator();

    /// The value of the Authorization header, nullopt when absent (then: anonymous). Errors:
    /// unauthenticated for what is neither Basic nor Bearer and for wrong Basic credentials,
    /// rate_limited after many of these; token_malformed and token_invalid for Bearer; unavailable
    /// when the pool is full. The time a refusal takes does not tell whether the account exists.
    io::Task<Result<oci::Principal>> authenticate(std::optional<std::string_view> authorization,
                                                  Arrival arrival);
    /// Name and password; with the name kNilGuid the password is a refresh or access token
    /// (acr-wire 4.6). Errors: unauthenticated, rate_limited, unavailable.
    io::Task<Result<oci::Principal>> sign_in(const BasicCredentials& credentials, Arrival arrival);
    /// Errors: token_malformed, token_invalid.
    io::Task<Result<oci::Principal>> redeem(std::string_view refresh_token, Arrival arrival);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace berth::auth
