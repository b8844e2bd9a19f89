// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_writer.h"

#include "db/testing/faulty_vfs.h"
#include "io/testing/temporary_directory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <latch>
#include <map>
#include <optional>
#include <semaphore>
#include <set>
#include <stdexcept>

namespace berth::db {
namespace {

constexpr Sql kInsert("INSERT INTO item (id, body) VALUES ($1, $2)");
constexpr Sql kAll("SELECT id FROM item ORDER BY id");
constexpr Sql kInsertChild("INSERT INTO child (item) VALUES ($1)");
constexpr Sql kDeferKeys("PRAGMA defer_foreign_keys = ON");
constexpr Sql kBeginImmediate("BEGIN IMMEDIATE");
constexpr Sql kCommit("COMMIT");
constexpr Sql kRollback("ROLLBACK");
constexpr Sql kFewPages("PRAGMA max_page_count = 24");
constexpr Sql kManyPages("PRAGMA max_page_count = 1000000");
constexpr const char* kSchema =
    "CREATE TABLE item (id INTEGER PRIMARY KEY, body TEXT NOT NULL);"
    "CREATE TABLE child (item INTEGER REFERENCES item (id));";

// Jobs with their answers. A gate job holds the writer until `open_gate`, so that what is submitted
// meanwhile is one batch.
class SqliteWriterTest : public ::testing::Test {
  protected:
    void start(WriterLimits limits = {}) {
        std::ofstream(file_).close();
        auto session = SqliteSession::open(file_, SqliteSession::Mode::read_write);
        ASSERT_TRUE(session) << session.error().log_detail;
        ASSERT_TRUE((*session)->run_script(kSchema));
        (*session)->set_lock_wait(lock_wait_);
        writer_ = std::make_unique<SqliteWriter>(std::move(*session), limits);
    }

    bool submit(int key, TransactionalWork work) {
        return submit(key, std::move(work), Durability::durable);
    }

    bool submit(int key, TransactionalWork work, Durability durability) {
        TransactionalWork& kept = works_[key] = std::move(work);
        return writer_->submit(WriteJob(
            kept, [this, key](Result<void> answer) { answers_[key] = std::move(answer); },
            durability));
    }

    /// Submits one job and waits until it is answered and the writer is idle.
    void run(int key, Durability durability) {
        submit(key, inserting(key), durability);
        settle();
    }

    std::filesystem::path log_file() const { return file_.string() + "-wal"; }

    /// What the next process would find if the power failed now and of the log only its first
    /// `log_bytes` had reached the device, followed by `noise`.
    std::set<std::int64_t> stored_after_power_cut(std::uintmax_t log_bytes,
                                                  std::string_view noise) {
        const std::filesystem::path copy = directory_.path() / "copy.db";
        const std::filesystem::path log = copy.string() + "-wal";
        std::filesystem::remove(copy.string() + "-shm");
        constexpr auto kOver = std::filesystem::copy_options::overwrite_existing;
        std::filesystem::copy_file(file_, copy, kOver);
        std::filesystem::copy_file(log_file(), log, kOver);
        std::filesystem::resize_file(log, log_bytes);
        std::ofstream(log, std::ios::binary | std::ios::app) << noise;
        return stored(copy);
    }

    void close_gate() {
        submit(kGate, [this](Session&) {
            reached_.release();
            gate_.acquire();
            return true;
        });
        reached_.acquire();
    }

    void open_gate() { gate_.release(); }

    /// Runs everything submitted and joins the writer's work by a last job.
    void settle() {
        std::binary_semaphore done(0);
        const TransactionalWork nothing = [](Session&) { return false; };
        ASSERT_TRUE(writer_->submit(WriteJob(
            nothing, [&done](const Result<void>&) { done.release(); }, Durability::relaxed)));
        done.acquire();
    }

    static TransactionalWork inserting(std::int64_t id, std::string body = "x") {
        return [id, body](Session& session) {
            return session.execute(kInsert, {id, body}).has_value();
        };
    }

    std::set<std::int64_t> stored() { return stored(file_); }

    static std::set<std::int64_t> stored(const std::filesystem::path& file) {
        std::set<std::int64_t> ids;
        auto reader = SqliteSession::open(file, SqliteSession::Mode::read_only);
        EXPECT_TRUE(reader) << reader.error().log_detail;
        EXPECT_TRUE((*reader)->query(kAll, {}, [&ids](const Row& row) {
            ids.insert(row.integer(0));
            return true;
        }));
        return ids;
    }

    bool ok(int key) { return answers_.at(key).has_value(); }

    std::optional<Errc> error(int key) {
        const Result<void>& answer = answers_.at(key);
        return answer ? std::nullopt : std::optional(answer.error().code);
    }

    /// What another process is to SQLite: another connection.
    std::unique_ptr<SqliteSession> stranger() {
        auto session = SqliteSession::open(file_, SqliteSession::Mode::read_write);
        EXPECT_TRUE(session) << session.error().log_detail;
        return *std::move(session);
    }

    static constexpr int kGate = -1;
    std::chrono::milliseconds lock_wait_{60'000};
    io::TemporaryDirectory directory_;
    std::filesystem::path file_ = directory_.path() / "writer.db";
    std::map<int, TransactionalWork> works_;
    std::map<int, Result<void>> answers_;  // written by the writer thread, read after settle()
    std::binary_semaphore reached_{0};
    std::binary_semaphore gate_{0};
    std::unique_ptr<SqliteWriter> writer_;
};

TEST_F(SqliteWriterTest, WaitingJobsShareOneCommit) {
    start();
    close_gate();
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(submit(i, inserting(i)));
    }
    const std::uint64_t before = writer_->commits();
    open_gate();
    settle();
    EXPECT_EQ(stored().size(), 100U);
    // The gate's own commit, the batch's, and at most one of settle's.
    EXPECT_LE(writer_->commits() - before, 3U);
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(ok(i)) << i;
    }
}

TEST_F(SqliteWriterTest, WaitsForTheTransactionOfAnotherProcess) {
    start();
    const auto other = stranger();
    ASSERT_TRUE(other->execute(kBeginImmediate, {}));
    ASSERT_TRUE(other->execute(kInsert, {1, "theirs"}));
    std::binary_semaphore answered(0);
    const TransactionalWork work = inserting(2);
    Result<void> answer = fail(Errc::internal);
    ASSERT_TRUE(writer_->submit(WriteJob(work, [&answered, &answer](Result<void> outcome) {
        answer = std::move(outcome);
        answered.release();
    })));
    // Long enough for a writer that does not wait to have failed.
    ASSERT_FALSE(answered.try_acquire_for(std::chrono::milliseconds(100)));
    ASSERT_TRUE(other->execute(kCommit, {}));
    answered.acquire();
    EXPECT_TRUE(answer) << answer.error().log_detail;
    EXPECT_EQ(stored(), (std::set<std::int64_t>{1, 2}));
}

TEST_F(SqliteWriterTest, ALockThatIsNotGivenBackFailsTheBatchAndNotTheWriter) {
    lock_wait_ = std::chrono::milliseconds(5);
    start();
    const auto other = stranger();
    ASSERT_TRUE(other->execute(kBeginImmediate, {}));
    std::latch answered(2);
    const TransactionalWork work = inserting(1);
    std::array<std::optional<Errc>, 2> errors;
    for (std::optional<Errc>& error : errors) {
        ASSERT_TRUE(writer_->submit(WriteJob(work, [&answered, &error](Result<void> outcome) {
            error = outcome ? std::nullopt : std::optional(outcome.error().code);
            answered.count_down();
        })));
    }
    answered.wait();
    EXPECT_EQ(errors[0], Errc::unavailable);
    EXPECT_EQ(errors[1], Errc::unavailable);
    ASSERT_TRUE(other->execute(kRollback, {}));
    submit(3, inserting(3));
    settle();
    EXPECT_TRUE(ok(3));
    EXPECT_EQ(stored(), std::set<std::int64_t>{3});
}

TEST_F(SqliteWriterTest, ABatchIsBounded) {
    start(WriterLimits{.batch_max = 10});
    close_gate();
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(submit(i, inserting(i)));
    }
    const std::uint64_t before = writer_->commits();
    open_gate();
    settle();
    EXPECT_GE(writer_->commits() - before, 11U);
}

TEST_F(SqliteWriterTest, OneJobsRollbackKeepsItsNeighbours) {
    start();
    close_gate();
    submit(1, inserting(1));
    submit(2, [](Session& session) {
        EXPECT_TRUE(session.execute(kInsert, {2, "dropped"}));
        return false;
    });
    submit(3, [](Session& session) {  // a failed statement, and a change before it
        EXPECT_TRUE(session.execute(kInsert, {30, "dropped"}));
        const auto again = session.execute(kInsert, {1, "duplicate"});
        EXPECT_FALSE(again);
        EXPECT_EQ(again.error().code, Errc::conflict);
        return again.has_value();
    });
    submit(4, inserting(4));
    open_gate();
    settle();
    EXPECT_EQ(stored(), (std::set<std::int64_t>{1, 4}));
    EXPECT_TRUE(ok(1) && ok(2) && ok(3) && ok(4));  // they ran; an error is the work's own answer
}

TEST_F(SqliteWriterTest, AJobThatThrowsFailsAlone) {
    start();
    close_gate();
    submit(1, inserting(1));
    submit(2, [](Session&) -> bool { throw std::runtime_error("out of something"); });
    submit(3, inserting(3));
    open_gate();
    settle();
    EXPECT_EQ(stored(), (std::set<std::int64_t>{1, 3}));
    EXPECT_TRUE(ok(1) && ok(3));
    EXPECT_EQ(error(2), Errc::internal);
}

TEST_F(SqliteWriterTest, AFailedCommitFailsTheWholeBatchAndNothingIsKept) {
    start();
    close_gate();
    submit(1, inserting(1));
    submit(2, [](Session& session) {  // the broken key is found by COMMIT only
        EXPECT_TRUE(session.query(kDeferKeys, {}, [](const Row&) { return true; }));
        return session.execute(kInsertChild, {99}).has_value();
    });
    submit(3, [](Session&) { return false; });
    open_gate();
    settle();
    EXPECT_TRUE(stored().empty());
    EXPECT_EQ(error(1), Errc::conflict);
    EXPECT_EQ(error(2), Errc::conflict);
    EXPECT_EQ(error(3), Errc::conflict);
    submit(4, inserting(4));
    settle();
    EXPECT_TRUE(ok(4));
    EXPECT_EQ(stored(), std::set<std::int64_t>{4});
}

TEST_F(SqliteWriterTest, AFullQueueRefuses) {
    start(WriterLimits{.queue_max = 5});
    close_gate();
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(submit(i, inserting(i)));
    }
    EXPECT_FALSE(submit(5, inserting(5)));
    open_gate();
    writer_.reset();
    EXPECT_EQ(stored().size(), 5U);
}

TEST_F(SqliteWriterTest, DestructionRunsWhatWasAccepted) {
    start();
    close_gate();
    for (int i = 0; i < 300; ++i) {
        ASSERT_TRUE(submit(i, inserting(i)));
    }
    open_gate();
    writer_.reset();
    EXPECT_EQ(stored().size(), 300U);
    EXPECT_EQ(answers_.size(), 301U);
}

// SQLite rolls the whole transaction back when an insert finds the disk full: the neighbours' work
// is gone with it and must be done again.
TEST_F(SqliteWriterTest, ADiskFullInOneJobLosesNobodysWork) {
    start();
    submit(100, [](Session& session) {
        return session.query(kFewPages, {}, [](const Row&) { return true; }).has_value();
    });
    settle();
    close_gate();
    std::optional<Errc> seen;
    submit(1, inserting(1));
    submit(2, [&seen](Session& session) {
        const auto inserted = session.execute(kInsert, {2, std::string(200'000, 'y')});
        if (!inserted) {
            seen = inserted.error().code;
        }
        return inserted.has_value();
    });
    submit(3, inserting(3));
    submit(4, [](Session& session) {  // claims success whatever happened
        (void)session.execute(kInsert, {4, std::string(200'000, 'y')});
        (void)session.execute(kInsert, {40, "must not be committed on its own"});
        return true;
    });
    open_gate();
    settle();
    EXPECT_EQ(seen, Errc::disk_full);
    EXPECT_TRUE(ok(1) && ok(2) && ok(3));
    EXPECT_EQ(error(4), Errc::disk_full);
    EXPECT_EQ(stored(), (std::set<std::int64_t>{1, 3}));

    submit(101, [](Session& session) {
        return session.query(kManyPages, {}, [](const Row&) { return true; }).has_value();
    });
    submit(5, inserting(5, std::string(200'000, 'y')));
    settle();
    EXPECT_TRUE(ok(5));
    EXPECT_EQ(stored(), (std::set<std::int64_t>{1, 3, 5}));
}

// A reader that comes and goes must not keep the log from being reused.
TEST_F(SqliteWriterTest, TheLogDoesNotGrowWithoutBound) {
    start(WriterLimits{.checkpoint_frames = 50, .truncate_frames = 200});
    const std::filesystem::path log = file_.string() + "-wal";
    std::uintmax_t largest = 0;
    auto reader = SqliteSession::open(file_, SqliteSession::Mode::read_only);
    ASSERT_TRUE(reader);
    constexpr int kRounds = 300;
    for (int i = 0; i < kRounds; ++i) {
        submit(i, inserting(i, std::string(20'000, 'z')));
        settle();
        ASSERT_TRUE((*reader)->query(kAll, {}, [](const Row&) { return false; }));
        largest = std::max(largest, std::filesystem::file_size(log));
    }
    EXPECT_GT(std::filesystem::file_size(file_), 20'000U * kRounds / 2);
    EXPECT_LT(largest, 4200U * 300);
}

TEST_F(SqliteWriterTest, EveryCommitIsSynced) {
    testing::FaultyVfs vfs;
    start();
    submit(1, inserting(1));
    settle();
    const int before = vfs.faults().syncs;
    submit(2, inserting(2));
    settle();
    EXPECT_GT(vfs.faults().syncs, before);
    writer_.reset();
}

TEST_F(SqliteWriterTest, RelaxedCommitsAreNotSyncedAndTheNextDurableOneIs) {
    testing::FaultyVfs vfs;
    start();
    run(1, Durability::durable);
    const int before = vfs.faults().syncs;
    run(2, Durability::relaxed);
    run(3, Durability::relaxed);
    EXPECT_EQ(vfs.faults().syncs, before);
    EXPECT_EQ(stored(), (std::set<std::int64_t>{1, 2, 3}));
    run(4, Durability::durable);
    EXPECT_EQ(vfs.faults().syncs, before + 1);
    writer_.reset();
}

TEST_F(SqliteWriterTest, ADurableJobThatChangesNothingStandsOnSyncedCommits) {
    testing::FaultyVfs vfs;
    start();
    run(1, Durability::durable);
    run(2, Durability::relaxed);
    const int before = vfs.faults().syncs;
    submit(3, [](Session&) { return true; });
    settle();
    const int after = vfs.faults().syncs;
    EXPECT_GT(after, before);
    submit(4, [](Session&) { return true; });
    settle();
    EXPECT_EQ(vfs.faults().syncs, after);
    writer_.reset();
}

TEST_F(SqliteWriterTest, OneDurableJobMakesItsBatchDurable) {
    testing::FaultyVfs vfs;
    start();
    run(1, Durability::durable);
    for (const int durable_one : {10, 11, 12}) {
        close_gate();
        // The gate is a batch of its own and durable: its sync comes after it opens.
        for (int key = 10; key <= 12; ++key) {
            submit(
                key, [](Session&) { return true; },
                key == durable_one ? Durability::durable : Durability::relaxed);
            submit(durable_one * 10 + key, inserting(durable_one * 10 + key), Durability::relaxed);
        }
        const int before = vfs.faults().syncs;
        open_gate();
        settle();
        EXPECT_GE(vfs.faults().syncs, before + 1);
        EXPECT_TRUE(ok(durable_one));
    }
    writer_.reset();
}

TEST_F(SqliteWriterTest, APowerCutTakesRelaxedCommitsBehindTheLastDurableOneAndNothingElse) {
    start();
    run(1, Durability::durable);
    const std::uintmax_t synced = std::filesystem::file_size(log_file());
    run(2, Durability::relaxed);
    run(3, Durability::relaxed);
    const std::uintmax_t all = std::filesystem::file_size(log_file());
    ASSERT_GT(all, synced);
    EXPECT_EQ(stored_after_power_cut(synced, ""), std::set<std::int64_t>{1});
    EXPECT_EQ(stored_after_power_cut(synced + 100, ""), std::set<std::int64_t>{1});
    EXPECT_EQ(stored_after_power_cut(synced, std::string(all - synced, '\0')),
              std::set<std::int64_t>{1});
    EXPECT_EQ(stored_after_power_cut(all, ""), (std::set<std::int64_t>{1, 2, 3}));
    run(4, Durability::durable);
    EXPECT_EQ(stored_after_power_cut(std::filesystem::file_size(log_file()), ""),
              (std::set<std::int64_t>{1, 2, 3, 4}));
}

// The kernel may have dropped what a relaxed commit wrote and told so once, by the sync that
// failed: a durable commit must not stand on those frames.
TEST_F(SqliteWriterTest, AFailedSyncOverRelaxedCommitsBeginsTheLogAnew) {
    testing::FaultyVfs vfs;
    start();
    run(1, Durability::relaxed);
    vfs.faults().syncs_fail = true;
    run(2, Durability::durable);
    EXPECT_EQ(error(2), Errc::io_error);
    run(3, Durability::durable);
    EXPECT_EQ(error(3), Errc::io_error);
    vfs.faults().syncs_fail = false;
    run(4, Durability::durable);
    EXPECT_TRUE(ok(4));
    EXPECT_EQ(stored(), (std::set<std::int64_t>{1, 4}));
    EXPECT_EQ(stored_after_power_cut(0, ""), std::set<std::int64_t>{1});
    writer_.reset();
}

TEST_F(SqliteWriterTest, AFailedSyncIsAnIoErrorForAllAndIsLeftAgain) {
    testing::FaultyVfs vfs;
    start();
    submit(1, inserting(1));
    settle();
    close_gate();
    submit(2, inserting(2));
    submit(3, inserting(3));
    vfs.faults().syncs_fail = true;
    open_gate();
    settle();
    EXPECT_EQ(error(2), Errc::io_error);
    EXPECT_EQ(error(3), Errc::io_error);
    EXPECT_EQ(stored(), std::set<std::int64_t>{1});
    vfs.faults().syncs_fail = false;
    submit(4, inserting(4));
    settle();
    EXPECT_TRUE(ok(4));
    EXPECT_EQ(stored(), (std::set<std::int64_t>{1, 4}));
    writer_.reset();
    EXPECT_EQ(stored(), (std::set<std::int64_t>{1, 4}));
}

TEST_F(SqliteWriterTest, AFullDiskAtCommitIsLeftWhenThereIsSpace) {
    testing::FaultyVfs vfs;
    start(WriterLimits{.checkpoint_frames = 4});
    submit(1, inserting(1));
    settle();
    vfs.faults().growth_hits_full_disk = true;
    int key = 2;
    std::set<std::int64_t> expected{1};
    for (; key < 40; ++key) {
        submit(key, inserting(key, std::string(9'000, 'w')));
        settle();
        if (ok(key)) {
            expected.insert(key);
        } else {
            EXPECT_EQ(error(key), Errc::disk_full);
        }
    }
    EXPECT_LT(expected.size(), 20U);
    EXPECT_EQ(stored(), expected);
    vfs.faults().growth_hits_full_disk = false;
    submit(key, inserting(key, std::string(9'000, 'w')));
    settle();
    EXPECT_TRUE(ok(key));
    expected.insert(key);
    EXPECT_EQ(stored(), expected);
    writer_.reset();
    EXPECT_EQ(stored(), expected);
}

}  // namespace
}  // namespace berth::db
