// SPDX-License-Identifier: Apache-2.0
#include "blob/fs/stream_hash.h"

#include "io/resume.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace berth::blob {
namespace {

/// A shorter stream is over before a second thread has done anything for it.
constexpr std::uint64_t kAloneFrom = 4 * kMiB;
constexpr std::size_t kBufferBytes = 64 * kKiB;
constexpr std::size_t kBuffersMax = 16;
/// Who waits for room is woken when there is some for more than one piece.
constexpr std::size_t kBuffersWake = kBuffersMax / 2;
/// After so many the job queues up again behind whatever else waits for the pool.
constexpr std::size_t kBuffersPerJob = 128;

using Buffer = std::vector<std::byte>;

}  // namespace

struct StreamHash::State : std::enable_shared_from_this<State> {
    State(oci::Algorithm algorithm, io::BlockingPool& blocking_pool,
          std::shared_ptr<HashTurn> shared_turn)
        : pool(blocking_pool), turn(std::move(shared_turn)), hasher(algorithm) {}

    bool start_job(ByteView bytes);
    bool post_job();
    void run_job();
    bool hash_next();
    void end_job();
    bool copy(ByteView& bytes);
    void give_back(Buffer buffer);
    void wait(bool for_end, const io::Signal& signal);

    io::BlockingPool& pool;
    const std::shared_ptr<HashTurn> turn;
    oci::Hasher hasher;       // the job's while it runs, otherwise the caller's
    std::uint64_t added = 0;  // the caller's
    std::mutex mutex;
    std::deque<Buffer> waiting;  // guarded by mutex; to be hashed, in order
    std::vector<Buffer> spare;   // guarded by mutex; to be filled again
    bool running = false;        // guarded by mutex; if not, everything added is hashed
    bool over = false;           // guarded by mutex; nobody wants the hash any more
    io::Signal waiter;           // guarded by mutex; called when there is room, or at the end
    bool waits_for_end = false;  // guarded by mutex
};

/// False when the caller is to hash `bytes` itself: short, not its turn, or no room in the pool.
bool StreamHash::State::start_job(ByteView bytes) {
    const std::lock_guard lock(mutex);
    if (running) {
        return true;
    }
    if (added < kAloneFrom || bytes.empty() || turn->exchange(true)) {
        return false;
    }
    running = post_job();
    if (!running) {
        turn->store(false);
    }
    return running;
}

bool StreamHash::State::post_job() {
    return pool.post([self = shared_from_this()] { self->run_job(); });
}

void StreamHash::State::run_job() {
    std::size_t done = 0;
    while (hash_next()) {
        if (++done >= kBuffersPerJob && post_job()) {
            return;
        }
    }
}

/// False when that was all: the job is over.
bool StreamHash::State::hash_next() {
    Buffer buffer;
    {
        const std::lock_guard lock(mutex);
        if (waiting.empty() || over) {
            end_job();
            return false;
        }
        buffer = std::move(waiting.front());
        waiting.pop_front();
    }
    hasher.update(buffer);
    const std::lock_guard lock(mutex);
    give_back(std::move(buffer));
    return true;
}

/// Under the lock: who adds next finds either a job that will see it, or none.
void StreamHash::State::end_job() {
    running = false;
    turn->store(false);
    spare.clear();
    if (const io::Signal wake = std::exchange(waiter, nullptr)) {
        wake();
    }
}

void StreamHash::State::give_back(Buffer buffer) {
    buffer.clear();
    spare.push_back(std::move(buffer));
    if (waiter && !waits_for_end && waiting.size() <= kBuffersWake) {
        std::exchange(waiter, nullptr)();
    }
}

/// Takes as much off the front of `bytes` as there is room for. False when the job has ended since,
/// so that there is nobody to hash a copy.
bool StreamHash::State::copy(ByteView& bytes) {
    while (!bytes.empty()) {
        Buffer buffer;
        {
            const std::lock_guard lock(mutex);
            if (!running || waiting.size() == kBuffersMax) {
                return running;
            }
            if (!spare.empty()) {
                buffer = std::move(spare.back());
                spare.pop_back();
            }
        }
        const ByteView piece = bytes.first(std::min(bytes.size(), kBufferBytes));
        buffer.assign(piece.begin(), piece.end());
        const std::lock_guard lock(mutex);
        if (!running) {
            return false;
        }
        waiting.push_back(std::move(buffer));
        bytes = bytes.subspan(piece.size());
    }
    return true;
}

void StreamHash::State::wait(bool for_end, const io::Signal& signal) {
    {
        const std::lock_guard lock(mutex);
        if (running && (for_end || waiting.size() > kBuffersWake)) {
            waiter = signal;
            waits_for_end = for_end;
            return;
        }
    }
    signal();
}

StreamHash::StreamHash(oci::Algorithm algorithm, io::BlockingPool& pool,
                       std::shared_ptr<HashTurn> turn)
    : state_(std::make_shared<State>(algorithm, pool, std::move(turn))) {}

StreamHash::~StreamHash() {
    const std::lock_guard lock(state_->mutex);
    state_->over = true;
}

io::Task<void> StreamHash::add(ByteView bytes) {
    State& state = *state_;
    state.added += bytes.size();
    std::function<void(io::Signal)> wait_for_room = [&state](const io::Signal& signal) {
        state.wait(false, signal);
    };
    while (!bytes.empty()) {
        if (!state.start_job(bytes)) {
            state.hasher.update(bytes);
            co_return;
        }
        const bool has_job = state.copy(bytes);
        if (has_job && !bytes.empty()) {
            co_await io::wait_for_signal(wait_for_room);
        }
    }
}

io::Task<oci::Hasher*> StreamHash::settled() {
    State& state = *state_;
    std::function<void(io::Signal)> wait_for_end = [&state](const io::Signal& signal) {
        state.wait(true, signal);
    };
    bool running = false;
    {
        const std::lock_guard lock(state.mutex);
        running = state.running;
    }
    if (running) {
        co_await io::wait_for_signal(wait_for_end);
    }
    co_return &state.hasher;
}

}  // namespace berth::blob
