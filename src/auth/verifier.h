// SPDX-License-Identifier: Apache-2.0
//
// Runs password checks on the BlockingPool, few at a time so that guessing does not hold up fsyncs,
// and each claim once however many requests make it meanwhile. Who waits for a check waits with its
// own address: addresses take turns, and when all places are taken the address with the most gives
// one up. Callers that signed in before have places of their own and half of the turns. Any thread;
// what was found right is remembered in a VerifiedCache.
#pragma once

#include "base/error.h"
#include "io/blocking.h"
#include "io/task.h"

#include <memory>
#include <string_view>

namespace berth::auth {

/// What is to be checked, and for whom. The views outlive the await.
struct PasswordClaim {
    PasswordClaim(std::string_view claimed_name, std::string_view claimed_password,
                  std::string_view stored_hash, std::string_view client_address = {},
                  bool known_there = false)
        : name(claimed_name),
          password(claimed_password),
          hash(stored_hash),
          address(client_address),
          known(known_there) {}

    std::string_view name;
    std::string_view password;
    std::string_view hash;
    std::string_view address;
    /// SignInThrottle::Attempt::known().
    bool known;
};

class Verifier {
  public:
    /// Checks on pool threads at the same time.
    static constexpr std::size_t kRunningMax = 2;
    /// Checks that wait for one of them: of known callers, and as many of others.
    static constexpr std::size_t kWaitingMax = 256;

    /// `pool` must outlive the object.
    explicit Verifier(io::BlockingPool& pool);
    ~Verifier();

    /// Whether the same claim was found right, from the same address, within the last minute.
    bool remembers(const PasswordClaim& claim) const;
    /// Whether `claim` is right. Errc::rate_limited when this address has too many checks waiting,
    /// unavailable when the pool takes none.
    io::Task<Result<bool>> verify(PasswordClaim claim);

  private:
    struct State;
    // Shared with jobs on the pool, which may end after this object.
    std::shared_ptr<State> state_;
};

}  // namespace berth::auth
