// SPDX-License-Identifier: Apache-2.0
//
// The catalog's signing keys, read when the access generation changed, so that a rotation by
// another process is noticed with the next token that is signed or not yet known. The first key is
// made when it is needed: a server that issues no token spends no time on one. Any thread.
#pragma once

#include "auth/signing_key.h"
#include "auth/token_claims.h"
#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "io/blocking.h"
#include "io/task.h"
#include "meta/signing_keys.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace berth::auth {

/// A key and the registry's id, which tokens carry beside it.
struct Signer {
    Signer(SigningKey signing_key, std::string id)
        : key(std::move(signing_key)), registry_id(std::move(id)) {}

    SigningKey key;
    std::string registry_id;
};

using SignerPtr = std::shared_ptr<const Signer>;

/// When the last token that a key may have signed has ended: the longest lifetime after it was
/// retired, and five minutes for what a clock was set back.
Timestamp verifies_until(Timestamp retired_at, const TokenLifetimes& lifetimes);

/// A fresh key as the catalog keeps it. Takes 50 to 200 ms.
Result<meta::SigningKeyRow> make_signing_key();

class KeyRing {
  public:
    /// References must outlive the object.
    KeyRing(db::Database& database, io::BlockingPool& pool, TokenLifetimes lifetimes = {});
    ~KeyRing();

    /// The key that verifies tokens which name it, at `now`; nullptr for any other name. Errors:
    /// corrupt, the database's.
    io::Task<Result<SignerPtr>> find(std::string_view kid, Seconds now);
    /// Every key that verifies at `now`, the one that signs first. Errors as above.
    io::Task<Result<std::vector<SignerPtr>>> verifying(Seconds now);
    /// The key that signs. Makes it when there is none; all who ask at once get the same one.
    /// Errors as above, and unavailable when the pool is full.
    io::Task<Result<SignerPtr>> ensure();
    /// Removes the keys that verify nothing any more; answers how many.
    io::Task<Result<std::size_t>> prune(Seconds now);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace berth::auth
