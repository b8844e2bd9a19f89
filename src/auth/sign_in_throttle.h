// SPDX-License-Identifier: Apache-2.0
//
// Slows down who guesses passwords, without letting him lock out others. Three counts of wrong
// passwords: per account and address (a "pair"), per address, per account. An IPv6 address counts
// with its /64. The count of a pair holds up that pair alone. The other two hold up pairs that
// never signed in rightly; a pair that did is "known" and goes on whatever others do.
//
//     pair      wrong_passwords_max free, then one at a time, 1 s after the last wrong one,
//     doubling
//               to sign_in_delay_max; forgotten after a right one, or a quarter of an hour without
//     address   wrong_passwords_per_address_max, coming back over a minute
//     account   wrong_passwords_per_account_max, the same
//
// While a caller has to wait its password is not looked at, so that waiting tells nothing about it.
// A password under check counts as wrong until it turns out right: guesses sent at once are no more
// than guesses sent in turn. The same password under check several times counts once.
//
// Any thread. Memory is bounded; names, addresses and passwords are kept as keyed hashes only. When
// a table is full the entries with the fewest wrong passwords go first, so that making many does
// not undo a count. Nothing survives a restart.
//
// How to call it, for each name and password that came in (tokens do not count):
//
//     const bool remembered = verifier.remembers(claim);       // of any slot of the account
//     BERTH_CO_TRY(SignInThrottle::Attempt attempt, throttle.begin({...}, Clock::now()));
//     if (remembered) -> right, without a check
//     otherwise check the password (of an unknown account against the decoy), then
//     attempt.succeeded(Clock::now()) or attempt.failed(Clock::now())
//
// An attempt that is dropped without either (no place for the check, connection gone) counts as
// nothing. Whatever ends in "wrong name or password" is failed(): unknown and disabled accounts,
// too.
#pragma once

#include "base/error.h"
#include "base/limits.h"

#include <chrono>
#include <memory>
#include <string_view>

namespace berth::auth {

class SignInThrottle {
    struct State;
    struct Ticket;

  public:
    using Clock = std::chrono::steady_clock;
    using Time = Clock::time_point;

    /// Entries in each table.
    static constexpr std::size_t kEntriesMax = 32'768;

    struct SignIn {
        SignIn(std::string_view claimed_account, std::string_view claimed_password,
               std::string_view client_address, bool is_remembered = false)
            : account(claimed_account),
              password(claimed_password),
              address(client_address),
              remembered(is_remembered) {}

        std::string_view account;
        std::string_view password;
        std::string_view address;
        /// Verifier::remembers(): found right from this address a moment ago. Lets the caller
        /// through where its pair has to wait, unless many wrong ones came while it waited.
        bool remembered;
    };

    /// One password that is being looked at. May outlive the throttle.
    class Attempt {
      public:
        ~Attempt();
        Attempt(Attempt&&) noexcept;
        Attempt& operator=(Attempt&&) noexcept;

        /// Whether this account signed in from this address before: such checks go first.
        bool known() const { return known_; }

        void failed(Time now);
        void succeeded(Time now);

      private:
        friend class SignInThrottle;
        Attempt(bool known, std::unique_ptr<Ticket> ticket);

        bool known_;
        std::unique_ptr<Ticket> ticket_;  // null: nothing to count
    };

    explicit SignInThrottle(const Limits& limits);
    ~SignInThrottle();

    /// Errc::rate_limited with retry_after when the caller has to wait.
    Result<Attempt> begin(const SignIn& sign_in, Time now);

  private:
    std::shared_ptr<State> state_;
};

}  // namespace berth::auth
