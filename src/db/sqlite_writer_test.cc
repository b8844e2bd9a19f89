// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_writer.h"

#include "db/testing/faulty_vfs.h"
#include "db/testing/sqlite_writer_fixture.h"

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
    const WriterStatistics statistics = writer_->statistics();
    EXPECT_EQ(statistics.waiting, 0U);
    EXPECT_EQ(statistics.commits, writer_->commits());
    EXPECT_EQ(statistics.commit_seconds.count(), statistics.commits);
    EXPECT_EQ(statistics.failed_commits, 0U);
    EXPECT_GE(statistics.batch_jobs.sum, 101U) << "the gate and the jobs";
    EXPECT_EQ(statistics.batch_jobs.counts.at(7), 1U) << "of 65 to 128 jobs";
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
