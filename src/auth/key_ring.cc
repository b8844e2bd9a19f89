// SPDX-License-Identifier: Apache-2.0
#include "auth/key_ring.h"

#include "base/clock.h"
#include "base/random.h"
#include "base/try.h"
#include "meta/signing_keys.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>

namespace berth::auth {
namespace {

std::string make_registry_id() {
    std::string id = make_uuid();
    std::erase(id, '-');
    return id;
}

Result<meta::SigningKeyRow> make_row() {
    BERTH_TRY(const SigningKey key, SigningKey::generate());
    meta::SigningKeyRow row;
    row.kid = key.kid();
    BERTH_TRY(row.private_key, key.private_key());
    row.registry_id = make_registry_id();
    return row;
}

Result<SignerPtr> load(const meta::SigningKeyRow& row) {
    BERTH_TRY(SigningKey key, SigningKey::load(as_bytes(row.private_key)));
    return std::make_shared<const Signer>(std::move(key), row.registry_id);
}

}  // namespace

struct KeyRing::State {
    State(db::Database& catalog, io::BlockingPool& blocking_pool)
        : database(catalog), pool(blocking_pool) {}

    SignerPtr loaded();
    SignerPtr keep(SignerPtr fresh);
    // One generation however many ask; the others wait for it on their pool threads.
    Result<meta::SigningKeyRow> candidate();

    db::Database& database;
    io::BlockingPool& pool;

    std::mutex mutex;
    SignerPtr signer;  // guarded by mutex; set once

    std::mutex generating;
    std::optional<meta::SigningKeyRow> made;  // guarded by generating
};

SignerPtr KeyRing::State::loaded() {
    const std::lock_guard lock(mutex);
    return signer;
}

SignerPtr KeyRing::State::keep(SignerPtr fresh) {
    const std::lock_guard lock(mutex);
    if (!signer) {
        signer = std::move(fresh);
    }
    return signer;
}

Result<meta::SigningKeyRow> KeyRing::State::candidate() {
    const std::lock_guard lock(generating);
    if (!made) {
        BERTH_TRY(made, make_row());
    }
    return *made;
}

KeyRing::KeyRing(db::Database& database, io::BlockingPool& pool)
    : state_(std::make_unique<State>(database, pool)) {}

KeyRing::~KeyRing() = default;

io::Task<Result<SignerPtr>> KeyRing::find() {
    if (SignerPtr signer = state_->loaded()) {
        co_return signer;
    }
    auto lookup = [](db::Session& session) { return meta::find_signing_key(session); };
    BERTH_CO_TRY(const std::optional<meta::SigningKeyRow> row,
                 co_await state_->database.read(lookup));
    if (!row) {
        co_return SignerPtr();
    }
    BERTH_CO_TRY(SignerPtr fresh, load(*row));
    co_return state_->keep(std::move(fresh));
}

io::Task<Result<SignerPtr>> KeyRing::ensure() {
    BERTH_CO_TRY(SignerPtr signer, co_await find());
    if (signer) {
        co_return signer;
    }
    auto generate = [this] { return state_->candidate(); };
    BERTH_CO_TRY(const meta::SigningKeyRow candidate, co_await state_->pool.run(generate));
    auto store = [&candidate](db::Session& session) {
        return meta::ensure_signing_key(session, candidate, now());
    };
    BERTH_CO_TRY(const meta::SigningKeyRow stored, co_await state_->database.write(store));
    BERTH_CO_TRY(SignerPtr fresh, load(stored));
    co_return state_->keep(std::move(fresh));
}

}  // namespace berth::auth
