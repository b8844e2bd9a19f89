// SPDX-License-Identifier: Apache-2.0
#include "auth/key_ring.h"

#include "base/random.h"
#include "base/try.h"
#include "meta/access_generation.h"

#include <algorithm>
#include <mutex>
#include <optional>

namespace berth::auth {
namespace {

constexpr Seconds kClockSkew = 300;

struct Key {
    Key(SignerPtr pointer, std::optional<Timestamp> time)
        : signer(std::move(pointer)), retired_at(time) {}

    SignerPtr signer;
    std::optional<Timestamp> retired_at;
};

/// What the catalog said at a generation. The key that signs is the first.
struct Snapshot {
    Snapshot() = default;
    std::int64_t generation = 0;
    std::vector<Key> keys;

    SignerPtr find(std::string_view kid) const {
        const auto found = std::ranges::find_if(
            keys, [kid](const Key& key) { return key.signer->key.kid() == kid; });
        return found == keys.end() ? nullptr : found->signer;
    }

    SignerPtr signing() const {
        return keys.empty() || keys.front().retired_at ? nullptr : keys.front().signer;
    }
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

std::string make_registry_id() {
    std::string id = make_uuid();
    std::erase(id, '-');
    return id;
}

Timestamp at(Seconds seconds) {
    return Timestamp{seconds * kTicksPerSecond};
}

Seconds grace(const TokenLifetimes& lifetimes) {
    return std::max(lifetimes.access, lifetimes.refresh) + kClockSkew;
}

// Parsing a key takes a tenth of a millisecond; those that `before` has are taken from there.
Result<SnapshotPtr> read_keys(db::Session& session, const SnapshotPtr& before) {
    BERTH_TRY(const std::int64_t generation, meta::access_generation(session));
    if (before && before->generation == generation) {
        return before;
    }
    BERTH_TRY(const std::vector<meta::SigningKeyRow> rows, meta::list_signing_keys(session));
    auto fresh = std::make_shared<Snapshot>();
    fresh->generation = generation;
    for (const meta::SigningKeyRow& row : rows) {
        SignerPtr signer = before ? before->find(row.kid) : nullptr;
        if (!signer) {
            BERTH_TRY(SigningKey key, SigningKey::load(as_bytes(row.private_key)));
            signer = std::make_shared<const Signer>(std::move(key), row.registry_id);
        }
        fresh->keys.emplace_back(std::move(signer), row.retired_at);
    }
    return fresh;
}

}  // namespace

Timestamp verifies_until(Timestamp retired_at, const TokenLifetimes& lifetimes) {
    return Timestamp{retired_at.ticks + grace(lifetimes) * kTicksPerSecond};
}

Result<meta::SigningKeyRow> make_signing_key() {
    BERTH_TRY(const SigningKey key, SigningKey::generate());
    meta::SigningKeyRow row;
    row.kid = key.kid();
    BERTH_TRY(row.private_key, key.private_key());
    row.registry_id = make_registry_id();
    return row;
}

struct KeyRing::State {
    State(db::Database& catalog, io::BlockingPool& blocking_pool, TokenLifetimes token_lifetimes)
        : database(catalog), pool(blocking_pool), lifetimes(token_lifetimes) {}

    using Mark = std::optional<db::ChangeMark>;

    io::Task<Result<SnapshotPtr>> current();
    /// The latest; `is_current` when nothing was committed since.
    SnapshotPtr known(const Mark& mark, bool& is_current);
    /// `mark` was taken before `fresh` was read.
    void keep(const SnapshotPtr& fresh, const Mark& mark);
    // One generation however many ask; the others wait for it on their pool threads.
    Result<meta::SigningKeyRow> candidate();

    bool verifies(const Key& key, Seconds now) const {
        return !key.retired_at || at(now) < verifies_until(*key.retired_at, lifetimes);
    }

    db::Database& database;
    io::BlockingPool& pool;
    const TokenLifetimes lifetimes;

    std::mutex mutex;
    // Guarded by mutex: what the catalog said, and says as long as it has the mark.
    SnapshotPtr snapshot;
    Mark snapshot_mark;

    std::mutex generating;
    std::optional<meta::SigningKeyRow> made;  // guarded by generating
};

SnapshotPtr KeyRing::State::known(const Mark& mark, bool& is_current) {
    const std::lock_guard lock(mutex);
    is_current = snapshot && mark && mark == snapshot_mark;
    return snapshot;
}

// A read that began before a change may end after one that saw it: what is older is not kept.
void KeyRing::State::keep(const SnapshotPtr& fresh, const Mark& mark) {
    const std::lock_guard lock(mutex);
    if (snapshot && snapshot->generation > fresh->generation) {
        return;
    }
    snapshot = fresh;
    snapshot_mark = mark;
}

io::Task<Result<SnapshotPtr>> KeyRing::State::current() {
    // Taken first: what is committed between here and the read is read, and gives another mark.
    const Mark mark = database.change_mark();
    bool is_current = false;
    const SnapshotPtr before = known(mark, is_current);
    if (is_current) {
        co_return before;
    }
    auto look = [&before](db::Session& session) { return read_keys(session, before); };
    BERTH_CO_TRY(SnapshotPtr fresh, co_await database.read(look));
    keep(fresh, mark);
    co_return fresh;
}

Result<meta::SigningKeyRow> KeyRing::State::candidate() {
    const std::lock_guard lock(generating);
    if (!made) {
        BERTH_TRY(made, make_signing_key());
    }
    return *made;
}

KeyRing::KeyRing(db::Database& database, io::BlockingPool& pool, TokenLifetimes lifetimes)
    : state_(std::make_unique<State>(database, pool, lifetimes)) {}

KeyRing::~KeyRing() = default;

io::Task<Result<SignerPtr>> KeyRing::find(std::string_view kid, Seconds now) {
    BERTH_CO_TRY(const SnapshotPtr snapshot, co_await state_->current());
    for (const Key& key : snapshot->keys) {
        if (key.signer->key.kid() == kid && state_->verifies(key, now)) {
            co_return key.signer;
        }
    }
    co_return SignerPtr();
}

io::Task<Result<std::vector<SignerPtr>>> KeyRing::verifying(Seconds now) {
    BERTH_CO_TRY(const SnapshotPtr snapshot, co_await state_->current());
    std::vector<SignerPtr> signers;
    for (const Key& key : snapshot->keys) {
        if (state_->verifies(key, now)) {
            signers.push_back(key.signer);
        }
    }
    co_return signers;
}

io::Task<Result<SignerPtr>> KeyRing::ensure() {
    BERTH_CO_TRY(SnapshotPtr snapshot, co_await state_->current());
    if (SignerPtr signer = snapshot->signing()) {
        co_return signer;
    }
    auto generate = [this] { return state_->candidate(); };
    BERTH_CO_TRY(const meta::SigningKeyRow candidate, co_await state_->pool.run(generate));
    auto store = [&candidate](db::Session& session) {
        return meta::ensure_signing_key(session, candidate, now());
    };
    BERTH_CO_TRY_VOID(co_await state_->database.write(store));
    BERTH_CO_TRY(snapshot, co_await state_->current());
    SignerPtr signer = snapshot->signing();
    if (!signer) {
        co_return fail(Errc::internal, "the signing key just stored is not there");
    }
    co_return signer;
}

io::Task<Result<std::size_t>> KeyRing::prune(Seconds now) {
    const Timestamp last = at(now - grace(state_->lifetimes));
    auto remove = [last](db::Session& session) { return meta::prune_signing_keys(session, last); };
    BERTH_CO_TRY(const std::vector<std::string> kids, co_await state_->database.write(remove));
    co_return kids.size();
}

}  // namespace berth::auth
