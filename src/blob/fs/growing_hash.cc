// SPDX-License-Identifier: Apache-2.0
#include "blob/fs/growing_hash.h"

#include "base/limits.h"
#include "base/try.h"
#include "io/resume.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace berth::blob {
namespace {

/// A shorter upload is over before a second thread has done anything for it.
constexpr std::uint64_t kAloneFrom = 4 * kMiB;
/// Small enough to be hashed from the cache it was read into.
constexpr std::size_t kPieceBytes = 128 * kKiB;
/// After so much the job queues up again behind whatever else waits for the pool.
constexpr std::uint64_t kJobBytes = 8 * kMiB;

}  // namespace

struct GrowingHash::State : std::enable_shared_from_this<State> {
    State(oci::Algorithm algorithm, std::shared_ptr<const io::FileHandle> of,
          io::BlockingPool& blocking_pool, std::shared_ptr<HashTurn> shared_turn)
        : file(std::move(of)),
          pool(blocking_pool),
          turn(std::move(shared_turn)),
          hasher(algorithm) {}

    void add(ByteView bytes);
    void run_job();
    bool hash_next(std::vector<std::byte>& buffer);
    void end_job();
    void give_turn_back();

    bool post_job() {
        return pool.post([self = shared_from_this()] { self->run_job(); });
    }

    const std::shared_ptr<const io::FileHandle> file;
    io::BlockingPool& pool;
    const std::shared_ptr<HashTurn> turn;
    oci::Hasher hasher;        // the job's while it runs, otherwise the caller's
    std::uint64_t hashed = 0;  // likewise
    std::mutex mutex;
    std::uint64_t added = 0;       // guarded by mutex
    bool running = false;          // guarded by mutex; if not, everything added is hashed
    bool has_turn = false;         // guarded by mutex
    bool over = false;             // guarded by mutex; nobody wants the hash any more
    std::optional<Error> failure;  // guarded by mutex
    io::Signal waiter;             // guarded by mutex; for the end of the job
};

void GrowingHash::State::add(ByteView bytes) {
    {
        const std::lock_guard lock(mutex);
        added += bytes.size();
        if (running || failure) {
            return;
        }
        has_turn = added >= kAloneFrom && !turn->exchange(true);
        running = has_turn && post_job();
        if (running) {
            return;
        }
        give_turn_back();
    }
    hasher.update(bytes);
    hashed += bytes.size();
}

void GrowingHash::State::run_job() {
    std::vector<std::byte> buffer(kPieceBytes);
    const std::uint64_t until = hashed + kJobBytes;
    while (hash_next(buffer)) {
        if (hashed >= until && post_job()) {
            return;
        }
    }
}

/// False when that was all, or reading failed: the job is over.
bool GrowingHash::State::hash_next(std::vector<std::byte>& buffer) {
    std::uint64_t left = 0;
    {
        const std::lock_guard lock(mutex);
        left = added - hashed;
        if (left == 0 || over) {
            end_job();
            return false;
        }
    }
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left));
    const MutableBytes piece = MutableBytes(buffer).first(length);
    if (Result<void> read = io::read_exactly(*file, piece, hashed); !read) {
        const std::lock_guard lock(mutex);
        failure = std::move(read).error();
        end_job();
        return false;
    }
    hasher.update(piece);
    hashed += length;
    return true;
}

/// Under the lock: who adds next finds either a job that will see it, or none.
void GrowingHash::State::end_job() {
    running = false;
    give_turn_back();
    if (const io::Signal wake = std::exchange(waiter, nullptr)) {
        wake();
    }
}

void GrowingHash::State::give_turn_back() {
    if (std::exchange(has_turn, false)) {
        turn->store(false);
    }
}

GrowingHash::GrowingHash(oci::Algorithm algorithm, std::shared_ptr<const io::FileHandle> file,
                         io::BlockingPool& pool, std::shared_ptr<HashTurn> turn)
    : state_(std::make_shared<State>(algorithm, std::move(file), pool, std::move(turn))) {}

GrowingHash::~GrowingHash() {
    const std::lock_guard lock(state_->mutex);
    state_->over = true;
}

oci::Algorithm GrowingHash::algorithm() const {
    return state_->hasher.algorithm();
}

void GrowingHash::add(ByteView bytes) {
    state_->add(bytes);
}

io::Task<Result<void>> GrowingHash::catch_up(std::uint64_t size) {
    {
        const std::lock_guard lock(state_->mutex);
        state_->added = size;
        state_->running = state_->post_job();
        if (!state_->running) {
            co_return fail(Errc::unavailable, "blocking pool queue is full");
        }
    }
    BERTH_CO_TRY_VOID(co_await settled());
    co_return Result<void>();
}

io::Task<Result<oci::Hasher*>> GrowingHash::settled() {
    std::function<void(io::Signal)> start = [this](io::Signal signal) {
        {
            const std::lock_guard lock(state_->mutex);
            if (state_->running) {
                state_->waiter = std::move(signal);
                return;
            }
        }
        signal();
    };
    bool running = false;
    {
        const std::lock_guard lock(state_->mutex);
        running = state_->running;
    }
    if (running) {
        co_await io::wait_for_signal(start);
    }
    const std::lock_guard lock(state_->mutex);
    if (state_->failure) {
        co_return fail(*state_->failure);
    }
    co_return &state_->hasher;
}

}  // namespace berth::blob
