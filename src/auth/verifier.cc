// SPDX-License-Identifier: Apache-2.0
#include "auth/verifier.h"

#include "auth/fair_queue.h"
#include "auth/password.h"
#include "auth/verified_cache.h"
#include "base/ip_network.h"
#include "io/resume.h"

#include <crypt.h>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace berth::auth {
namespace {

// About what half of a full queue takes on a core or two.
constexpr std::chrono::seconds kComeBackAfter{5};

// One check and the requests that wait for its outcome.
struct Flight {
    Flight(const Fingerprint& flight_id, const PasswordClaim& claim)
        : id(flight_id), password(claim.password), hash(claim.hash) {}

    const Fingerprint id;
    const std::string password;
    const std::string hash;
    // Guarded by the State's mutex until done; constant after it.
    bool done = false;
    Result<bool> outcome = false;
    std::vector<io::Signal> waiters;
};

using FlightPtr = std::shared_ptr<Flight>;

std::unexpected<Error> no_place() {
    return fail(Error(Errc::rate_limited, "too many password checks wait for this address")
                    .with_retry_after(kComeBackAfter));
}

}  // namespace

struct Verifier::State : std::enable_shared_from_this<Verifier::State> {
    explicit State(io::BlockingPool& blocking_pool) : pool(blocking_pool) {}

    Fingerprint id_of(const PasswordClaim& claim, const std::string& address) const;
    // The flight with this claim, started unless one is under way; nullptr when there is no place.
    FlightPtr join(const Fingerprint& id, const PasswordClaim& claim, const std::string& address);
    // Posts one waiting flight when a place is free. One at a time: between two checks the pool's
    // other jobs get their turn.
    void post_next();
    FlightPtr take_next();
    void run(const FlightPtr& flight);
    void land(const FlightPtr& flight, Result<bool> outcome);
    void finish(const FlightPtr& flight, Result<bool> outcome);
    void wait(const FlightPtr& flight, io::Signal signal);

    io::BlockingPool& pool;
    const Fingerprinter fingerprinter;
    std::mutex mutex;
    // Guarded by mutex.
    VerifiedCache cache;
    std::map<Fingerprint, FlightPtr> flights;  // not done: running and waiting
    FairQueue<FlightPtr> known;
    FairQueue<FlightPtr> strangers;
    bool turn_of_strangers = false;
    std::size_t running = 0;
};

Fingerprint Verifier::State::id_of(const PasswordClaim& claim, const std::string& address) const {
    return fingerprinter.of({claim.name, claim.password, claim.hash, address});
}

FlightPtr Verifier::State::join(const Fingerprint& id, const PasswordClaim& claim,
                                const std::string& address) {
    FlightPtr flight;
    std::optional<FlightPtr> dropped;
    {
        const std::lock_guard lock(mutex);
        const auto found = flights.find(id);
        if (found != flights.end()) {
            return found->second;
        }
        FairQueue<FlightPtr>& queue = claim.known ? known : strangers;
        if (queue.size() >= kWaitingMax) {
            dropped = queue.drop_from_longer_than(queue.size_of(address) + 1);
            if (!dropped) {
                return nullptr;
            }
        }
        flight = std::make_shared<Flight>(id, claim);
        flights.emplace(id, flight);
        queue.push(address, flight);
    }
    if (dropped) {
        finish(*dropped, no_place());
    }
    post_next();
    return flight;
}

FlightPtr Verifier::State::take_next() {
    const std::lock_guard lock(mutex);
    if (running >= kRunningMax || (known.empty() && strangers.empty())) {
        return nullptr;
    }
    const bool stranger = known.empty() || (turn_of_strangers && !strangers.empty());
    turn_of_strangers = !stranger;
    ++running;
    return stranger ? strangers.pop() : known.pop();
}

void Verifier::State::post_next() {
    while (const FlightPtr flight = take_next()) {
        auto job = [self = shared_from_this(), flight] { self->run(flight); };
        if (pool.post(std::move(job))) {
            return;
        }
        // Nobody may be left to post the next one, so go on until all are refused.
        land(flight, fail(Errc::unavailable, "blocking pool queue is full"));
    }
}

void Verifier::State::run(const FlightPtr& flight) {
    land(flight, verify_password(flight->password, flight->hash));
    post_next();
}

// The end of a flight that took one of the running places.
void Verifier::State::land(const FlightPtr& flight, Result<bool> outcome) {
    {
        const std::lock_guard lock(mutex);
        --running;
    }
    finish(flight, std::move(outcome));
}

void Verifier::State::finish(const FlightPtr& flight, Result<bool> outcome) {
    std::vector<io::Signal> waiters;
    {
        const std::lock_guard lock(mutex);
        flights.erase(flight->id);
        if (outcome && *outcome) {
            cache.add(flight->id, std::chrono::steady_clock::now());
        }
        flight->outcome = std::move(outcome);
        flight->done = true;
        waiters.swap(flight->waiters);
    }
    for (const io::Signal& signal : waiters) {
        signal();
    }
}

void Verifier::State::wait(const FlightPtr& flight, io::Signal signal) {
    {
        const std::lock_guard lock(mutex);
        if (!flight->done) {
            flight->waiters.push_back(std::move(signal));
            return;
        }
    }
    signal();
}

Verifier::Verifier(io::BlockingPool& pool) : state_(std::make_shared<State>(pool)) {}

Verifier::~Verifier() = default;

bool Verifier::remembers(const PasswordClaim& claim) const {
    const Fingerprint id = state_->id_of(claim, counted_address(claim.address));
    const std::lock_guard lock(state_->mutex);
    return state_->cache.contains(id, std::chrono::steady_clock::now());
}

io::Task<Result<bool>> Verifier::verify(PasswordClaim claim) {
    if (claim.password.size() >= CRYPT_MAX_PASSPHRASE_SIZE) {
        co_return false;  // of no account, and too long to keep hundreds of
    }
    const std::shared_ptr<State> state = state_;
    const std::string address = counted_address(claim.address);
    const Fingerprint id = state->id_of(claim, address);
    const FlightPtr flight = state->join(id, claim, address);
    if (flight == nullptr) {
        co_return no_place();
    }
    std::function<void(io::Signal)> start = [&state, &flight](io::Signal signal) {
        state->wait(flight, std::move(signal));
    };
    co_await io::wait_for_signal(start);
    co_return flight->outcome;
}

}  // namespace berth::auth
