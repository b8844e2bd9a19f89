// SPDX-License-Identifier: Apache-2.0
//
// The catalog's signing key, read once and made when it is first needed: a server that issues no
// token spends no time on one. Any thread.
#pragma once

#include "auth/signing_key.h"
#include "base/error.h"
#include "db/sql.h"
#include "io/blocking.h"
#include "io/task.h"

#include <memory>
#include <string>

namespace berth::auth {

/// A key and the registry's id, which tokens carry beside it.
struct Signer {
    Signer(SigningKey signing_key, std::string id)
        : key(std::move(signing_key)), registry_id(std::move(id)) {}

    SigningKey key;
    std::string registry_id;
};

using SignerPtr = std::shared_ptr<const Signer>;

class KeyRing {
  public:
    /// References must outlive the object.
    KeyRing(db::Database& database, io::BlockingPool& pool);
    ~KeyRing();

    /// nullptr while there is no key: then no token can be ours. Errors: corrupt, the database's.
    io::Task<Result<SignerPtr>> find();
    /// Makes the key when there is none; all who ask at once get the same one. Errors as above,
    /// and unavailable when the pool is full.
    io::Task<Result<SignerPtr>> ensure();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace berth::auth
