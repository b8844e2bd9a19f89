// SPDX-License-Identifier: Apache-2.0
#include "auth/oidc/key_source.h"

#include "io/resume.h"

#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace berth::auth {
namespace {

/// One fetch and those who wait for it.
struct Flight {
    // Guarded by the State's mutex until done; constant after it.
    bool done = false;
    Result<void> outcome;
    std::vector<io::Signal> waiters;
};

using FlightPtr = std::shared_ptr<Flight>;

}  // namespace

struct KeySource::State {
    State(Parts outside, KeyLocation where)
        : parts(std::move(outside)), location(std::move(where)) {}

    /// What the keys at hand say.
    struct Glance {
        std::optional<WebKey> key;
        FlightPtr flight;       // to wait for when there is no key
        bool is_new = false;    // the flight has to be started, by whoever got this
        bool has_keys = false;  // young enough to count
    };

    Glance look(std::string_view kid, SignatureAlgorithm algorithm, Seconds now);
    /// Guarded by mutex.
    std::optional<WebKey> known(std::string_view kid, SignatureAlgorithm algorithm) const;
    static io::Task<void> fly(std::shared_ptr<State> self, FlightPtr flight, Seconds now);
    void finish(const FlightPtr& ended, Result<WebKeys> fetched, Seconds now);
    bool wait(const FlightPtr& awaited, io::Signal signal);

    const Parts parts;
    const KeyLocation location;
    std::mutex mutex;
    // Guarded by mutex.
    std::optional<WebKeys> keys;
    Seconds fetched_at = 0;
    std::optional<Seconds> attempted_at;
    FlightPtr flight;
};

std::optional<WebKey> KeySource::State::known(std::string_view kid,
                                              SignatureAlgorithm algorithm) const {
    const WebKey* key = keys ? find_web_key(*keys, kid, algorithm) : nullptr;
    return key == nullptr ? std::nullopt : std::optional(*key);
}

KeySource::State::Glance KeySource::State::look(std::string_view kid, SignatureAlgorithm algorithm,
                                                Seconds now) {
    Glance glance;
    const std::lock_guard lock(mutex);
    const Seconds age = now - fetched_at;
    glance.has_keys = keys && age < kAgeMax;
    if (glance.has_keys) {
        glance.key = known(kid, algorithm);
    }
    const bool is_wanted = !glance.key || age >= kRefreshAge;
    const bool may_start = !flight && (!attempted_at || now - *attempted_at >= kPause);
    if (is_wanted && may_start) {
        flight = std::make_shared<Flight>();
        attempted_at = now;
        glance.is_new = true;
    }
    glance.flight = flight;
    return glance;
}

io::Task<void> KeySource::State::fly(std::shared_ptr<State> self, FlightPtr flight, Seconds now) {
    Result<WebKeys> keys = co_await discover_keys(self->parts.documents, self->location);
    self->finish(flight, std::move(keys), now);
}

void KeySource::State::finish(const FlightPtr& ended, Result<WebKeys> fetched, Seconds now) {
    if (!fetched) {
        parts.log.failure(telemetry::Level::warn, "issuer_keys_unavailable", fetched.error(),
                          {{"issuer", location.issuer}});
    }
    std::vector<io::Signal> waiters;
    {
        const std::lock_guard lock(mutex);
        if (fetched) {
            keys = *std::move(fetched);
            fetched_at = now;
        } else {
            ended->outcome = fail(std::move(fetched).error());
        }
        ended->done = true;
        flight = nullptr;
        waiters.swap(ended->waiters);
    }
    for (const io::Signal& signal : waiters) {
        signal();
    }
}

// False when there are too many already; then `signal` was called.
bool KeySource::State::wait(const FlightPtr& awaited, io::Signal signal) {
    bool admitted = true;
    {
        const std::lock_guard lock(mutex);
        admitted = awaited->done || awaited->waiters.size() < kWaitersMax;
        if (!awaited->done && admitted) {
            awaited->waiters.push_back(std::move(signal));
            return true;
        }
    }
    signal();
    return admitted;
}

KeySource::KeySource(Parts parts, KeyLocation location)
    : state_(std::make_shared<State>(std::move(parts), std::move(location))) {}

KeySource::~KeySource() = default;

io::Task<Result<WebKey>> KeySource::find(std::string_view kid, SignatureAlgorithm algorithm,
                                         Seconds now) {
    const std::shared_ptr<State> state = state_;
    State::Glance glance = state->look(kid, algorithm, now);
    if (glance.is_new) {
        state->parts.spawn(State::fly(state, glance.flight, now));
    }
    if (glance.key) {
        co_return *std::move(glance.key);
    }
    if (!glance.flight) {
        co_return glance.has_keys
            ? fail(Errc::token_invalid, "the issuer has no key with this id")
            : fail(Errc::unavailable, "the issuer's keys could not be fetched just now");
    }
    bool admitted = true;
    std::function<void(io::Signal)> start = [&](io::Signal signal) {
        admitted = state->wait(glance.flight, std::move(signal));
    };
    co_await io::wait_for_signal(start);
    if (!admitted) {
        co_return fail(Errc::unavailable, "too many wait for the issuer's keys");
    }
    if (!glance.flight->outcome) {
        co_return fail(glance.flight->outcome.error());
    }
    const std::lock_guard lock(state->mutex);
    std::optional<WebKey> key = state->known(kid, algorithm);
    if (!key) {
        co_return fail(Errc::token_invalid, "the issuer has no key with this id");
    }
    co_return *std::move(key);
}

}  // namespace berth::auth
