// SPDX-License-Identifier: Apache-2.0
#include "auth/sign_in_throttle.h"

#include "auth/verified_cache.h"
#include "base/ip_network.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace berth::auth {
namespace {

using Time = SignInThrottle::Time;
using std::chrono::seconds;
// Fractions of seconds, as a count that fills up needs them.
using Span = std::chrono::duration<double>;

// Without a wrong password for this long (and the longest wait) a pair's are forgotten.
constexpr seconds kForgottenAfter{std::chrono::minutes(15)};
// A pair that did not sign in for this long is no longer known.
constexpr seconds kKnownFor{std::chrono::hours(24 * 30)};
constexpr seconds kFirstWait{1};
constexpr seconds kRefill{60};
// Wrong ones a pair can have before its wait no longer doubles.
constexpr std::uint32_t kDoublingsMax = 20;

using Key = Fingerprint;

struct Keys {
    Key pair;
    Key address;
    Key account;
    Key password;
};

// One password under check, by everybody who sent it meanwhile.
struct Look {
    Key password;
    std::size_t sharers = 1;
    bool counted = false;
};

struct Pair {
    std::uint32_t wrong = 0;
    Time last_wrong;
    // Refused since the last attempt, each with a password that was not remembered.
    std::uint32_t refused = 0;
    std::vector<Look> looks;
};

// Wrong passwords that may still come; `left` of a moment ago, it comes back over a minute. Below
// zero after checks that ran at the same time.
struct Allowance {
    double left;
    Time as_of;
};

// Rounded up, so that who waits that long need not wait again.
seconds rounded_up(Span span) {
    return seconds(static_cast<seconds::rep>(std::ceil(span.count())));
}

// Drops the quarter that weighs least when `table` is full. A weight of nullopt is kept.
template <class Value, class WeightOf>
void make_room(std::map<Key, Value>& table, WeightOf weight_of) {
    if (table.size() < SignInThrottle::kEntriesMax) {
        return;
    }
    using Weight = typename decltype(weight_of(table.begin()->second))::value_type;
    std::vector<Weight> weights;
    for (const auto& [key, value] : table) {
        if (const auto weight = weight_of(value)) {
            weights.push_back(*weight);
        }
    }
    if (weights.empty()) {
        return;
    }
    const auto quarter = weights.begin() + static_cast<std::ptrdiff_t>(weights.size() / 4);
    std::nth_element(weights.begin(), quarter, weights.end());
    std::erase_if(table, [&](const auto& entry) {
        const auto weight = weight_of(entry.second);
        return weight && *weight <= *quarter;
    });
}

}  // namespace

struct SignInThrottle::State {
    explicit State(const Limits& maxima) : limits(maxima) {}

    Keys keys_of(const SignIn& sign_in) const;

    // With the mutex held.
    bool is_known(const Key& pair, Time now) const;
    // How long the pair has to wait for its own wrong passwords; nullopt: not at all.
    std::optional<Span> wait_of(const Pair& pair, const Key& password, Time now) const;
    std::optional<Span> wait_of(const std::map<Key, Allowance>& table, const Key& key,
                                std::uint32_t most, Time now) const;
    std::optional<Span> wait_of_strangers(const Keys& keys, Time now) const;
    double left_of(const Allowance& allowance, std::uint32_t most, Time now) const;
    double per_second(std::uint32_t most) const;
    void take(std::map<Key, Allowance>& table, const Key& key, std::uint32_t most, Time now);
    Pair& pair_of(const Key& key);
    void start(const Keys& keys);
    void release(const Keys& keys);
    void count_wrong(const Keys& keys, Time now);
    void count_right(const Keys& keys, Time now);
    void forget_if_idle(const Key& pair);

    const Limits limits;
    const Fingerprinter fingerprinter;
    std::mutex mutex;
    // Guarded by mutex.
    std::map<Key, Pair> pairs;
    std::map<Key, Allowance> addresses;
    std::map<Key, Allowance> accounts;
    std::map<Key, Time> known;  // last right password
};

// Gives the place among the looks back.
struct SignInThrottle::Ticket {
    Ticket(std::shared_ptr<State> owner, const Keys& of) : state(std::move(owner)), keys(of) {}

    ~Ticket() {
        const std::lock_guard lock(state->mutex);
        state->release(keys);
    }

    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

    const std::shared_ptr<State> state;
    const Keys keys;
};

Keys SignInThrottle::State::keys_of(const SignIn& sign_in) const {
    const std::string address = counted_address(sign_in.address);
    return {.pair = fingerprinter.of({"pair", sign_in.account, address}),
            .address = fingerprinter.of({"address", address}),
            .account = fingerprinter.of({"account", sign_in.account}),
            .password = fingerprinter.of({"password", sign_in.password})};
}

bool SignInThrottle::State::is_known(const Key& pair, Time now) const {
    const auto found = known.find(pair);
    return found != known.end() && now - found->second < kKnownFor;
}

std::optional<Span> SignInThrottle::State::wait_of(const Pair& pair, const Key& password,
                                                   Time now) const {
    if (std::ranges::find(pair.looks, password, &Look::password) != pair.looks.end()) {
        return std::nullopt;
    }
    const bool forgotten = now - pair.last_wrong >= kForgottenAfter + limits.sign_in_delay_max;
    const std::size_t wrong = forgotten ? 0 : pair.wrong;
    if (wrong + pair.looks.size() < limits.wrong_passwords_max) {
        return std::nullopt;
    }
    if (!pair.looks.empty()) {
        return kFirstWait;
    }
    const auto doublings = std::min<std::size_t>(wrong - limits.wrong_passwords_max, kDoublingsMax);
    const seconds wait = std::min(kFirstWait * (1U << doublings), limits.sign_in_delay_max);
    const Span left = pair.last_wrong + wait - now;
    return left > Span::zero() ? std::optional(left) : std::nullopt;
}

// One comes back every kRefill/most, and at least as often as the longest wait.
double SignInThrottle::State::per_second(std::uint32_t most) const {
    return std::max(most / Span(kRefill).count(), 1 / Span(limits.sign_in_delay_max).count());
}

double SignInThrottle::State::left_of(const Allowance& allowance, std::uint32_t most,
                                      Time now) const {
    const double back = Span(now - allowance.as_of).count() * per_second(most);
    return std::min<double>(most, allowance.left + back);
}

std::optional<Span> SignInThrottle::State::wait_of(const std::map<Key, Allowance>& table,
                                                   const Key& key, std::uint32_t most,
                                                   Time now) const {
    const auto found = table.find(key);
    const double missing = found == table.end() ? 0 : 1 - left_of(found->second, most, now);
    if (missing <= 0) {
        return std::nullopt;
    }
    return std::min(Span(missing / per_second(most)), Span(limits.sign_in_delay_max));
}

std::optional<Span> SignInThrottle::State::wait_of_strangers(const Keys& keys, Time now) const {
    const auto address =
        wait_of(addresses, keys.address, limits.wrong_passwords_per_address_max, now);
    const auto account =
        wait_of(accounts, keys.account, limits.wrong_passwords_per_account_max, now);
    return std::max(address, account);
}

void SignInThrottle::State::take(std::map<Key, Allowance>& table, const Key& key,
                                 std::uint32_t most, Time now) {
    auto found = table.find(key);
    if (found == table.end()) {
        make_room(table, [&](const Allowance& allowance) {
            return std::optional(-left_of(allowance, most, now));
        });
        found = table.emplace(key, Allowance{static_cast<double>(most), now}).first;
    }
    found->second = Allowance{left_of(found->second, most, now) - 1, now};
}

Pair& SignInThrottle::State::pair_of(const Key& key) {
    const auto found = pairs.find(key);
    if (found != pairs.end()) {
        return found->second;
    }
    make_room(pairs, [](const Pair& pair) {
        using Weight = std::pair<std::uint32_t, Time>;
        return pair.looks.empty() ? std::optional<Weight>({pair.wrong, pair.last_wrong})
                                  : std::nullopt;
    });
    return pairs[key];
}

void SignInThrottle::State::start(const Keys& keys) {
    Pair& pair = pair_of(keys.pair);
    pair.refused = 0;
    const auto same = std::ranges::find(pair.looks, keys.password, &Look::password);
    if (same != pair.looks.end()) {
        ++same->sharers;
    } else {
        pair.looks.push_back(Look{.password = keys.password});
    }
}

void SignInThrottle::State::release(const Keys& keys) {
    Pair& pair = pairs.at(keys.pair);
    const auto look = std::ranges::find(pair.looks, keys.password, &Look::password);
    --look->sharers;
    if (look->sharers == 0) {
        pair.looks.erase(look);
    }
    forget_if_idle(keys.pair);
}

void SignInThrottle::State::forget_if_idle(const Key& pair) {
    const auto found = pairs.find(pair);
    if (found->second.wrong == 0 && found->second.looks.empty()) {
        pairs.erase(found);
    }
}

void SignInThrottle::State::count_wrong(const Keys& keys, Time now) {
    Pair& pair = pairs.at(keys.pair);
    const auto look = std::ranges::find(pair.looks, keys.password, &Look::password);
    if (std::exchange(look->counted, true)) {
        return;
    }
    const bool forgotten = now - pair.last_wrong >= kForgottenAfter + limits.sign_in_delay_max;
    pair.wrong = forgotten ? 1 : pair.wrong + 1;
    pair.last_wrong = now;
    take(addresses, keys.address, limits.wrong_passwords_per_address_max, now);
    take(accounts, keys.account, limits.wrong_passwords_per_account_max, now);
}

void SignInThrottle::State::count_right(const Keys& keys, Time now) {
    pairs.at(keys.pair).wrong = 0;
    if (!known.contains(keys.pair)) {
        make_room(known, [](Time last) { return std::optional(last); });
    }
    known.insert_or_assign(keys.pair, now);
}

SignInThrottle::Attempt::Attempt(bool known, std::unique_ptr<Ticket> ticket)
    : known_(known), ticket_(std::move(ticket)) {}

SignInThrottle::Attempt::~Attempt() = default;
SignInThrottle::Attempt::Attempt(Attempt&&) noexcept = default;
SignInThrottle::Attempt& SignInThrottle::Attempt::operator=(Attempt&&) noexcept = default;

void SignInThrottle::Attempt::failed(Time now) {
    if (ticket_ == nullptr) {
        return;
    }
    {
        const std::lock_guard lock(ticket_->state->mutex);
        ticket_->state->count_wrong(ticket_->keys, now);
    }
    ticket_.reset();
}

void SignInThrottle::Attempt::succeeded(Time now) {
    if (ticket_ == nullptr) {
        return;
    }
    {
        const std::lock_guard lock(ticket_->state->mutex);
        ticket_->state->count_right(ticket_->keys, now);
    }
    ticket_.reset();
}

SignInThrottle::SignInThrottle(const Limits& limits) : state_(std::make_shared<State>(limits)) {}

SignInThrottle::~SignInThrottle() = default;

Result<SignInThrottle::Attempt> SignInThrottle::begin(const SignIn& sign_in, Time now) {
    const Keys keys = state_->keys_of(sign_in);
    const std::lock_guard lock(state_->mutex);
    const bool known = state_->is_known(keys.pair, now);
    const auto pair = state_->pairs.find(keys.pair);
    std::optional<Span> wait;
    if (pair != state_->pairs.end()) {
        wait = state_->wait_of(pair->second, keys.password, now);
    }
    if (sign_in.remembered) {
        // Were all let through, a waiting caller could try passwords against what is remembered.
        if (!wait || pair->second.refused < state_->limits.wrong_passwords_per_address_max) {
            return Attempt(known, nullptr);
        }
    } else if (wait) {
        ++pair->second.refused;
    } else if (!known) {
        wait = state_->wait_of_strangers(keys, now);
    }
    if (wait) {
        return fail(Error(Errc::rate_limited, "wrong passwords came before this one")
                        .with_retry_after(rounded_up(*wait)));
    }
    state_->start(keys);
    return Attempt(known, std::make_unique<Ticket>(state_, keys));
}

}  // namespace berth::auth
