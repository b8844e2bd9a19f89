// SPDX-License-Identifier: Apache-2.0
#include "auth/verifier.h"

#include "auth/password.h"
#include "auth/verified_cache.h"
#include "io/resume.h"

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace berth::auth {
namespace {

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

}  // namespace

struct Verifier::State : std::enable_shared_from_this<Verifier::State> {
    explicit State(io::BlockingPool& blocking_pool) : pool(blocking_pool) {}

    // The flight with this claim, started unless one is under way; nullptr when too many wait.
    FlightPtr join(const Fingerprint& id, const PasswordClaim& claim);
    // Posts one waiting flight when a place is free. One at a time: between two checks the pool's
    // other jobs get their turn.
    void post_next();
    FlightPtr take_next();
    void run(const FlightPtr& flight);
    void finish(const FlightPtr& flight, Result<bool> outcome);
    void wait(const FlightPtr& flight, io::Signal signal);

    io::BlockingPool& pool;
    const Fingerprinter fingerprinter;
    std::mutex mutex;
    // Guarded by mutex.
    VerifiedCache cache;
    std::map<Fingerprint, FlightPtr> flights;  // not done: running and waiting
    std::deque<FlightPtr> waiting;
    std::size_t running = 0;
};

FlightPtr Verifier::State::join(const Fingerprint& id, const PasswordClaim& claim) {
    FlightPtr flight;
    {
        const std::lock_guard lock(mutex);
        const auto found = flights.find(id);
        if (found != flights.end()) {
            return found->second;
        }
        if (waiting.size() >= kWaitingMax) {
            return nullptr;
        }
        flight = std::make_shared<Flight>(id, claim);
        flights.emplace(id, flight);
        waiting.push_back(flight);
    }
    post_next();
    return flight;
}

FlightPtr Verifier::State::take_next() {
    const std::lock_guard lock(mutex);
    if (running >= kRunningMax || waiting.empty()) {
        return nullptr;
    }
    FlightPtr flight = std::move(waiting.front());
    waiting.pop_front();
    ++running;
    return flight;
}

void Verifier::State::post_next() {
    while (const FlightPtr flight = take_next()) {
        auto job = [self = shared_from_this(), flight] { self->run(flight); };
        if (pool.post(std::move(job))) {
            return;
        }
        // Nobody may be left to post the next one, so go on until all are refused.
        finish(flight, fail(Errc::unavailable, "blocking pool queue is full"));
    }
}

void Verifier::State::run(const FlightPtr& flight) {
    finish(flight, verify_password(flight->password, flight->hash));
    post_next();
}

void Verifier::State::finish(const FlightPtr& flight, Result<bool> outcome) {
    std::vector<io::Signal> waiters;
    {
        const std::lock_guard lock(mutex);
        --running;
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

io::Task<Result<bool>> Verifier::verify(PasswordClaim claim) {
    const std::shared_ptr<State> state = state_;
    const Fingerprint id = state->fingerprinter.of({claim.name, claim.password, claim.hash});
    {
        const std::lock_guard lock(state->mutex);
        if (state->cache.contains(id, std::chrono::steady_clock::now())) {
            co_return true;
        }
    }
    const FlightPtr flight = state->join(id, claim);
    if (flight == nullptr) {
        co_return fail(Errc::unavailable, "too many password checks are waiting");
    }
    std::function<void(io::Signal)> start = [&state, &flight](io::Signal signal) {
        state->wait(flight, std::move(signal));
    };
    co_await io::wait_for_signal(start);
    co_return flight->outcome;
}

}  // namespace berth::auth
