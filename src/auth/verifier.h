// SPDX-License-Identifier: Apache-2.0
//
// Runs password checks on the BlockingPool, few at a time so that guessing does not hold up fsyncs,
// and each (name, password, hash) once however many requests ask for it meanwhile. Any thread;
// what was found right is remembered in a VerifiedCache.
#pragma once

#include "base/error.h"
#include "io/blocking.h"
#include "io/task.h"

#include <memory>
#include <string_view>

namespace berth::auth {

/// What is to be checked. The views outlive the await.
struct PasswordClaim {
    PasswordClaim(std::string_view claimed_name, std::string_view claimed_password,
                  std::string_view stored_hash)
        : name(claimed_name), password(claimed_password), hash(stored_hash) {}

    std::string_view name;
    std::string_view password;
    std::string_view hash;
};

class Verifier {
  public:
    /// Checks on pool threads at the same time, and checks waiting for one of them.
    static constexpr std::size_t kRunningMax = 2;
    static constexpr std::size_t kWaitingMax = 256;

    /// `pool` must outlive the object.
    explicit Verifier(io::BlockingPool& pool);
    ~Verifier();

    /// Whether `claim` is right. Errc::unavailable when too many checks wait.
    io::Task<Result<bool>> verify(PasswordClaim claim);

  private:
    struct State;
    // Shared with jobs on the pool, which may end after this object.
    std::shared_ptr<State> state_;
};

}  // namespace berth::auth
