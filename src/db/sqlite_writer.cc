// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_writer.h"

#include "base/try.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace berth::db {

namespace {

constexpr Sql kBegin("BEGIN IMMEDIATE");
constexpr Sql kCommit("COMMIT");
constexpr Sql kRollback("ROLLBACK");
constexpr Sql kSavepoint("SAVEPOINT job");
constexpr Sql kRelease("RELEASE SAVEPOINT job");
constexpr Sql kRollbackTo("ROLLBACK TO SAVEPOINT job");

enum class Step : std::uint8_t { keep, drop, threw };

// A job that throws (memory) must not take the writer, and with it every other job, down.
Step run_work(const TransactionalWork& work, SqliteSession& session) {
    Step step = Step::threw;
    session.require_transaction(true);
    try {
        step = work(session) ? Step::keep : Step::drop;
    } catch (const std::exception&) {
        step = Step::threw;
    }
    session.require_transaction(false);
    return step;
}

// A checkpoint that has to wait for a reader of another process failed at nothing.
bool has_failed(const Result<void>& checkpoint) {
    return !checkpoint && checkpoint.error().code != Errc::unavailable;
}

}  // namespace

SqliteWriter::SqliteWriter(std::unique_ptr<SqliteSession> session, WriterLimits limits)
    : limits_(limits), session_(std::move(session)), thread_([this] { work(); }) {}

SqliteWriter::~SqliteWriter() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

bool SqliteWriter::submit(WriteJob job) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || queue_.size() >= limits_.queue_max) {
            refused_.add();
            return false;
        }
        queue_.push_back(std::move(job));
    }
    wake_.notify_one();
    return true;
}

WriterStatistics SqliteWriter::statistics() const {
    WriterStatistics statistics;
    {
        const std::lock_guard lock(mutex_);
        statistics.waiting = queue_.size();
    }
    statistics.refused = refused_.value();
    statistics.commits = commits_.value();
    statistics.failed_commits = failed_commits_.value();
    statistics.checkpoints = checkpoints_.value();
    statistics.failed_checkpoints = failed_checkpoints_.value();
    statistics.batch_jobs = batch_jobs_.view();
    statistics.commit_seconds = commit_time_.view();
    statistics.log_frames = log_frames_.load(std::memory_order_relaxed);
    return statistics;
}

void SqliteWriter::work() {
    std::vector<WriteJob> batch;
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) {
            return;  // stopping, and every accepted job has run
        }
        while (!queue_.empty() && batch.size() < limits_.batch_max) {
            batch.push_back(std::move(queue_.front()));
            queue_.pop_front();
        }
        lock.unlock();
        batch_jobs_.observe(batch.size());
        run_batch(batch);
        batch.clear();
        checkpoint_if_due();
        lock.lock();
    }
}

void SqliteWriter::run_batch(std::vector<WriteJob>& jobs) {
    std::optional<Result<void>> outcome;
    if (jobs.size() > 1) {
        outcome = run_together(jobs, &SqliteWriter::run_plain);
        if (!outcome) {
            outcome = run_together(jobs, &SqliteWriter::run_in_savepoint);
        }
    }
    for (const WriteJob& job : jobs) {
        job.done(outcome ? *outcome : run_alone(job));
    }
}

// A failed commit fails also the jobs that had answered an error themselves: what they saw may have
// been the lost work of a neighbour.
std::optional<Result<void>> SqliteWriter::run_together(const std::vector<WriteJob>& jobs,
                                                       Isolation isolation) {
    const bool relaxed = std::all_of(jobs.begin(), jobs.end(), [](const WriteJob& job) {
        return job.durability == Durability::relaxed;
    });
    if (Result<void> begun = begin(relaxed ? Durability::relaxed : Durability::durable); !begun) {
        return begun;
    }
    for (const WriteJob& job : jobs) {
        if (!(this->*isolation)(*job.work)) {
            roll_back();
            return std::nullopt;
        }
    }
    return commit();
}

bool SqliteWriter::run_plain(const TransactionalWork& work) {
    const std::int64_t before = session_->total_changes();
    const Step step = run_work(work, *session_);
    return session_->in_transaction() &&
           (step == Step::keep || (step == Step::drop && session_->total_changes() == before));
}

bool SqliteWriter::run_in_savepoint(const TransactionalWork& work) {
    if (!session_->execute(kSavepoint, {})) {
        return false;
    }
    const Step step = run_work(work, *session_);
    return step != Step::threw && session_->in_transaction() &&
           (step == Step::keep || session_->execute(kRollbackTo, {})) &&
           session_->execute(kRelease, {});
}

Result<void> SqliteWriter::run_alone(const WriteJob& job) {
    BERTH_TRY_VOID(begin(job.durability));
    const Step step = run_work(*job.work, *session_);
    if (step == Step::keep && session_->in_transaction()) {
        return commit();
    }
    roll_back();
    if (step == Step::drop) {
        return {};  // it ran; its own answer is the error
    }
    if (step == Step::keep && session_->last_error()) {
        return fail(*session_->last_error());  // it overlooked that its transaction was lost
    }
    return fail(Errc::internal, "a write job threw or lost its transaction");
}

// Before the transaction: inside one SQLite takes no other level.
Result<void> SqliteWriter::begin(Durability durability) {
    if (doubtful_) {
        BERTH_TRY_VOID(renew_log());
    }
    BERTH_TRY_VOID(session_->set_durability(durability));
    BERTH_TRY_VOID(session_->execute(kBegin, {}));
    durability_ = durability;
    return {};
}

Result<void> SqliteWriter::renew_log() {
    BERTH_TRY_VOID(session_->checkpoint(SqliteSession::Checkpoint::truncate));
    unsynced_ = false;
    doubtful_ = false;
    return {};
}

Result<void> SqliteWriter::commit() {
    const std::uint64_t logged_before = session_->logged_commits();
    const auto started = std::chrono::steady_clock::now();
    Result<std::int64_t> committed = session_->execute(kCommit, {});
    commit_time_.observe(std::chrono::steady_clock::now() - started);
    if (!committed) {
        failed_commits_.add();
        doubtful_ = doubtful_ || unsynced_;
        roll_back();
        return fail(std::move(committed).error());
    }
    const bool logged = session_->logged_commits() != logged_before;
    if (durability_ == Durability::durable && !logged && unsynced_) {
        // What changes nothing is not synced, but its answer may stand on what is not synced
        // either.
        Result<void> synced = session_->sync_log();
        unsynced_ = doubtful_ = !synced;
        BERTH_TRY_VOID(std::move(synced));
    }
    if (logged) {
        unsynced_ = durability_ == Durability::relaxed;
    }
    commits_.add();
    return {};
}

// SQLite may have rolled back already; a failing ROLLBACK leaves nothing to do but the next BEGIN.
void SqliteWriter::roll_back() {
    if (session_->in_transaction()) {
        (void)session_->execute(kRollback, {});
    }
}

// Runs after the answers, so no push waits for it. A failure (a full disk) is no one's error: the
// log stays as it is and the next commit tries again.
void SqliteWriter::checkpoint_if_due() {
    const std::size_t frames = session_->wal_frames();
    log_frames_.store(frames, std::memory_order_relaxed);
    if (frames < limits_.checkpoint_frames) {
        return;
    }
    const bool large = frames >= limits_.truncate_frames;
    const Result<void> copied = session_->checkpoint(large ? SqliteSession::Checkpoint::truncate
                                                           : SqliteSession::Checkpoint::passive);
    (has_failed(copied) ? failed_checkpoints_ : checkpoints_).add();
    doubtful_ = doubtful_ || (has_failed(copied) && unsynced_);
}

}  // namespace berth::db
