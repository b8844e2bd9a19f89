// SPDX-License-Identifier: Apache-2.0
//
// Every call that SQLite makes to the disk while jobs run fails once, and from some moment on:
// whatever was answered with success is there, in this process, after its end, and after a power
// cut that takes all that was not synced; whatever was answered with an error has changed nothing;
// and when the disk works again, so does the writer.
#include "db/sqlite_writer.h"
#include "db/testing/faulty_vfs.h"
#include "db/testing/sqlite_writer_fixture.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

namespace berth::db {
namespace {

using testing::VfsCall;
using testing::VfsFault;

struct SweepCase {
    const char* name;
    VfsCall call;
    int code;
};

class SqliteWriterFaultsTest : public SqliteWriterTest,
                               public ::testing::WithParamInterface<SweepCase> {
  protected:
    static constexpr int kLast = 900;

    /// Small and large jobs, relaxed ones between, batches, and copies of the log. Not the gate: it
    /// may not be reached.
    void work_through() {
        const std::string large(9'000, 'w');
        for (int key = 1; key <= 12; ++key) {
            const bool relaxed = key % 3 == 2;
            submit(key, inserting(key, key % 4 == 0 ? large : "x"),
                   relaxed ? Durability::relaxed : Durability::durable);
            if (!relaxed) {
                settle();
            }
        }
        for (int key = 20; key < 24; ++key) {
            submit(key, inserting(key, large),
                   key == 21 ? Durability::relaxed : Durability::durable);
        }
        settle();
    }

    std::set<std::int64_t> acknowledged(bool durable_only) {
        std::set<std::int64_t> keys;
        for (const auto& [key, answer] : answers_) {
            const bool relaxed = (key <= 12 && key % 3 == 2) || key == 21;
            if (answer && !(durable_only && relaxed)) {
                keys.insert(key);
            }
        }
        return keys;
    }

    std::set<std::int64_t> on_device(const testing::VolatileDevice& device) {
        const std::filesystem::path copy = directory_.path() / "cut.db";
        std::filesystem::remove(copy.string() + "-shm");
        device.copy(file_.string(), copy);
        device.copy(log_file().string(), copy.string() + "-wal");
        return stored(copy);
    }

    static bool includes(const std::set<std::int64_t>& all, const std::set<std::int64_t>& some) {
        return std::ranges::includes(all, some);
    }

    /// False when the work makes fewer such calls.
    bool check(const VfsFault& fault, int round) {
        file_ = directory_.path() / fmt::format("{}.db", round);
        works_.clear();
        answers_.clear();
        std::set<std::int64_t> all;
        bool happened = false;
        {
            testing::FaultyVfs vfs;
            start(WriterLimits{.checkpoint_frames = 8, .truncate_frames = 20});
            run(0, Durability::durable);
            vfs.arm(fault);
            work_through();
            happened = vfs.disarm();
            EXPECT_EQ(stored(), acknowledged(false)) << "an answer and the catalog differ";
            EXPECT_TRUE(includes(on_device(vfs.device()), acknowledged(true)))
                << "a power cut takes what was answered";
            run(kLast, Durability::durable);
            EXPECT_TRUE(ok(kLast)) << "the disk works again, the writer does not";
            all = acknowledged(false);
            EXPECT_EQ(on_device(vfs.device()), all);
            writer_.reset();
        }
        EXPECT_EQ(stored(), all);
        return happened;
    }
};

TEST_P(SqliteWriterFaultsTest, WhateverFailsNothingAnsweredIsLost) {
    const SweepCase& sweep = GetParam();
    int round = 0;
    for (const bool stays : {false, true}) {
        int nth = 1;
        while (true) {
            SCOPED_TRACE(fmt::format("call {}, {}", nth, stays ? "and all after it" : "once"));
            if (!check(VfsFault{sweep.call, nth, sweep.code, stays}, ++round) || HasFailure()) {
                break;
            }
            nth += nth < 30 ? 1 : 9;  // a story makes some hundred writes
        }
        EXPECT_GT(nth, 1) << "no such call was made";
    }
}

INSTANTIATE_TEST_SUITE_P(
    Calls, SqliteWriterFaultsTest,
    ::testing::Values(SweepCase{"Write", VfsCall::write, SQLITE_IOERR_WRITE},
                      SweepCase{"WriteFull", VfsCall::write, SQLITE_FULL},
                      SweepCase{"Sync", VfsCall::sync, SQLITE_IOERR_FSYNC},
                      SweepCase{"Truncate", VfsCall::truncate, SQLITE_IOERR_TRUNCATE},
                      SweepCase{"Read", VfsCall::read, SQLITE_IOERR_READ}),
    [](const ::testing::TestParamInfo<SweepCase>& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace berth::db
