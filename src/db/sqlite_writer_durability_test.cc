// SPDX-License-Identifier: Apache-2.0
//
// Which commits are synced, and what stands on those that are not.
#include "db/sqlite_writer.h"
#include "db/testing/faulty_vfs.h"
#include "db/testing/sqlite_writer_fixture.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

namespace berth::db {
namespace {

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

// A long read of another process (a backup, somebody's query) keeps the log from being emptied.
TEST_F(SqliteWriterTest, AReaderElsewhereDoesNotStopTheWriter) {
    lock_wait_ = std::chrono::milliseconds(1);
    start();
    run(1, Durability::durable);
    const auto reader = stranger();
    ASSERT_TRUE(reader->run_script("BEGIN; SELECT count(*) FROM item;"));
    run(2, Durability::relaxed);
    submit(3, [](Session&) { return true; });
    settle();
    EXPECT_TRUE(ok(3));
    run(4, Durability::relaxed);
    run(5, Durability::durable);
    EXPECT_TRUE(ok(4));
    EXPECT_TRUE(ok(5));
    submit(6, [](Session&) { return true; });
    settle();
    EXPECT_TRUE(ok(6));
    EXPECT_EQ(stored(), (std::set<std::int64_t>{1, 2, 4, 5}));
    writer_.reset();
}

TEST_F(SqliteWriterTest, AFailedSyncBeneathAJobThatChangesNothingBeginsTheLogAnew) {
    testing::FaultyVfs vfs;
    start();
    run(1, Durability::relaxed);
    vfs.faults().syncs_fail = true;
    submit(2, [](Session&) { return true; });
    settle();
    EXPECT_EQ(error(2), Errc::io_error);
    vfs.faults().syncs_fail = false;
    submit(3, [](Session&) { return true; });
    settle();
    EXPECT_TRUE(ok(3));
    EXPECT_EQ(stored_after_power_cut(0, ""), std::set<std::int64_t>{1});
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

}  // namespace
}  // namespace berth::db
