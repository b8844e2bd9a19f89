// SPDX-License-Identifier: Apache-2.0
//
// For the tests of the writer: one on a file of its own, jobs with their answers, and what a power
// cut would leave.
#pragma once

#include "db/sqlite_writer.h"
#include "io/testing/temporary_directory.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <semaphore>
#include <set>
#include <string>
#include <utility>

namespace berth::db {

inline constexpr Sql kInsert("INSERT INTO item (id, body) VALUES ($1, $2)");
inline constexpr Sql kAll("SELECT id FROM item ORDER BY id");
inline constexpr Sql kInsertChild("INSERT INTO child (item) VALUES ($1)");
inline constexpr Sql kDeferKeys("PRAGMA defer_foreign_keys = ON");
inline constexpr Sql kBeginImmediate("BEGIN IMMEDIATE");
inline constexpr Sql kCommit("COMMIT");
inline constexpr Sql kRollback("ROLLBACK");
inline constexpr Sql kFewPages("PRAGMA max_page_count = 24");
inline constexpr Sql kManyPages("PRAGMA max_page_count = 1000000");
inline constexpr const char* kSchema =
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

}  // namespace berth::db
