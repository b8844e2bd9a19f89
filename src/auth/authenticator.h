// SPDX-License-Identifier: Apache-2.0
//
// Authorization header -> Principal. Basic credentials are checked against the accounts' password
// hashes on the BlockingPool; a successful check is remembered for a minute under a keyed hash of
// name and password (never the password), so that a client's burst costs one hash.
#pragma once

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
    Authenticator(db::Database& database, io::BlockingPool& pool);
    ~Authenticator();

    /// The value of the Authorization header, nullopt when absent (then: anonymous). Errors:
    /// unauthenticated for anything that is not right, unavailable when the pool is full. The time
    /// a refusal takes does not tell whether the account exists.
    io::Task<Result<oci::Principal>> authenticate(std::optional<std::string_view> authorization);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace berth::auth
