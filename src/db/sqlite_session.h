// SPDX-License-Identifier: Apache-2.0
//
// One SQLite connection with its prepared statements; internal to db/. Used by one thread at a
// time: a reader by whoever took it from the free list, the writing one by the writer thread only.
#pragma once

#include "base/error.h"
#include "db/sql.h"
#include "db/sqlite_change_mark.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace berth::db {

class SqliteSession final : public Session {
  public:
    enum class Mode : std::uint8_t { read_only, read_write };
    enum class Checkpoint : std::uint8_t { passive, truncate };

    /// Opens an existing file and sets the pragmas of `mode`. Errors: io_error, disk_full,
    /// read_only, corrupt (not a database).
    static Result<std::unique_ptr<SqliteSession>> open(const std::filesystem::path& path,
                                                       Mode mode);
    ~SqliteSession() override;
    SqliteSession(const SqliteSession&) = delete;
    SqliteSession& operator=(const SqliteSession&) = delete;

    using Session::execute;
    using Session::query;
    Result<void> query(const Sql& sql, std::span<const Value> parameters,
                       const RowVisitor& visit) override;
    Result<std::int64_t> execute(const Sql& sql, std::span<const Value> parameters) override;

    /// Runs every statement of `script`, which need not outlive the call. Rows are dropped.
    Result<void> run_script(std::string_view script);
    /// False when SQLite itself has rolled back after a failure, too.
    bool in_transaction() const;

    /// While required, statements fail with the last error once SQLite has rolled back by itself:
    /// they would each commit on their own.
    void require_transaction(bool required) { transaction_required_ = required; }

    /// How long a statement of a read_write session waits for the lock of another process (the
    /// command line beside the server) before it fails as unavailable.
    void set_lock_wait(std::chrono::milliseconds most) { lock_wait_ = most; }

    /// Of the transactions that begin from now on, on a read_write session; durable at first. Not
    /// inside a transaction.
    Result<void> set_durability(Durability durability);

    /// Rows changed by this connection so far.
    std::int64_t total_changes() const;

    /// The error of the last statement that failed on this connection.
    const std::optional<Error>& last_error() const { return last_error_; }

    /// Of this connection, which must stay open while it is used.
    SqliteChangeMark change_mark() const { return SqliteChangeMark(connection_.get()); }

    /// Frames in the write-ahead log after the last commit of this connection.
    std::size_t wal_frames() const { return log_.frames; }

    /// Commits of this connection that wrote anything to the log.
    std::uint64_t logged_commits() const { return log_.commits; }

    /// Makes what is in the log durable, whoever reads or copies it meanwhile. Not inside a
    /// transaction. Errc::io_error, whatever the reason: what was in it may be lost.
    Result<void> sync_log();
    /// Copies the log into the database file. `truncate` waits for readers and empties the log.
    Result<void> checkpoint(Checkpoint kind);

  private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };

    struct Close {
        void operator()(sqlite3* connection) const;
    };

    /// A prepared statement. SQLite numbers `$n` by first appearance: numbers[i] is the n of index
    /// i + 1.
    struct Prepared {
        std::unique_ptr<sqlite3_stmt, Finalize> handle;
        std::vector<std::size_t> numbers;
        std::size_t parameter_count = 0;
    };

    /// What SQLite tells after each commit that wrote to the log.
    struct Log {
        std::size_t frames = 0;
        std::uint64_t commits = 0;
    };

    explicit SqliteSession(sqlite3* connection);
    static constexpr std::chrono::milliseconds kLockWait{15'000};

    Result<void> configure(Mode mode);
    static int wait_for_lock(void* session, int waits);
    static int note_commit(void* log, sqlite3* connection, const char* schema, int frames);
    Result<Prepared*> prepare(const Sql& sql);
    Result<void> bind(const Prepared& prepared, std::span<const Value> parameters);
    Result<void> run(const Sql& sql, std::span<const Value> parameters, const RowVisitor* visit);
    Error failure(std::string_view statement);

    std::unique_ptr<sqlite3, Close> connection_;
    std::unordered_map<const char*, Prepared> statements_;  // by Sql::text
    std::optional<Error> last_error_;
    Log log_;
    std::chrono::milliseconds lock_wait_ = kLockWait;
    Durability durability_ = Durability::durable;
    bool transaction_required_ = false;
};

}  // namespace berth::db
