// SPDX-License-Identifier: Apache-2.0
//
// The one thread that writes to the SQLite file; internal to db/. Group commit: it takes all
// waiting jobs (bounded) into one transaction, commits once with a durable log, then answers them
// all. Jobs that fail have nearly always changed nothing by then; when one has, the transaction is
// begun anew with each job in a savepoint, which costs a copy of every page it changes. Invariant:
// nobody is told success before the commit that holds their work.
//
// A batch of relaxed jobs alone is committed without a sync: its frames are in the log, but perhaps
// only in the page cache. One durable job makes the whole batch durable, and with it every commit
// before: SQLite syncs the log as a file, so what a durable commit stands on is synced with it. The
// log is valid up to its first frame that is not whole, so a power cut can only take relaxed
// commits behind the last durable one. A checkpoint syncs the log before it copies. The kernel
// tells only once that it could not write, and a failed commit's frames are written again but not
// those of relaxed commits before it: then nothing may stand on them, and the log is copied and
// begun anew before the next transaction.
#pragma once

#include "base/error.h"
#include "base/limits.h"
#include "db/sql.h"
#include "db/sqlite_session.h"
#include "telemetry/metrics.h"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace berth::db {

struct WriteJob {
    WriteJob(const TransactionalWork& step, std::function<void(Result<void>)> answer,
             Durability wanted = Durability::durable)
        : work(&step), done(std::move(answer)), durability(wanted) {}

    const TransactionalWork* work;           // outlives the answer; may run more than once
    std::function<void(Result<void>)> done;  // called once, on the writer thread
    Durability durability;
};

struct WriterLimits {
    std::size_t queue_max = Limits().write_queue_max;
    std::size_t batch_max = 256;
    /// The log is copied into the file from this many frames on, after the waiters were answered.
    std::size_t checkpoint_frames = 1000;
    /// From here on the writer waits for readers to leave the log and empties it.
    std::size_t truncate_frames = 16'000;
};

/// What the writer did so far. Commits: successful ones.
struct WriterStatistics {
    std::size_t waiting = 0;    // jobs
    std::uint64_t refused = 0;  // jobs: the queue was full
    std::uint64_t commits = 0;
    std::uint64_t failed_commits = 0;
    std::uint64_t checkpoints = 0;
    std::uint64_t failed_checkpoints = 0;
    telemetry::HistogramView batch_jobs;      // jobs that were taken together
    telemetry::HistogramView commit_seconds;  // with their sync
    std::size_t log_frames = 0;               // in the write-ahead log
};

class SqliteWriter {
  public:
    SqliteWriter(std::unique_ptr<SqliteSession> session, WriterLimits limits);
    /// Runs every accepted job, then stops.
    ~SqliteWriter();
    SqliteWriter(const SqliteWriter&) = delete;
    SqliteWriter& operator=(const SqliteWriter&) = delete;

    /// Any thread. False, without calling `done`, when the queue is full.
    bool submit(WriteJob job);

    /// Commits so far, successful ones.
    std::uint64_t commits() const { return commits_.value(); }

    /// Any thread.
    WriterStatistics statistics() const;

  private:
    void work();
    void run_batch(std::vector<WriteJob>& jobs);
    /// Nullopt when a job spoiled the transaction for the others: it is rolled back.
    using Isolation = bool (SqliteWriter::*)(const TransactionalWork&);
    std::optional<Result<void>> run_together(const std::vector<WriteJob>& jobs,
                                             Isolation isolation);
    bool run_plain(const TransactionalWork& work);
    bool run_in_savepoint(const TransactionalWork& work);
    Result<void> run_alone(const WriteJob& job);
    Result<void> begin(Durability durability);
    Result<void> commit();
    Result<void> renew_log();
    void roll_back();
    void checkpoint_if_due();

    const WriterLimits limits_;
    const std::unique_ptr<SqliteSession> session_;  // writer thread only
    // Writer thread only:
    Durability durability_ = Durability::durable;  // of the transaction
    bool unsynced_ =
        true;  // relaxed commits since the last sync; an earlier process may have left some
    bool doubtful_ = false;  // a sync failed over them
    telemetry::Counter commits_;
    telemetry::Counter failed_commits_;
    telemetry::Counter checkpoints_;
    telemetry::Counter failed_checkpoints_;
    telemetry::Counter refused_;
    telemetry::Histogram batch_jobs_{telemetry::count_buckets()};
    telemetry::Histogram commit_time_{telemetry::duration_buckets()};
    std::atomic<std::size_t> log_frames_{0};
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<WriteJob> queue_;  // guarded by mutex_
    bool stopping_ = false;       // guarded by mutex_
    std::jthread thread_;         // last: starts when everything above exists
};

}  // namespace berth::db
