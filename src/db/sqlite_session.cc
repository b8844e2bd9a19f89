// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_session.h"

#include "base/try.h"
#include "db/sqlite_error.h"
#include "db/sqlite_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace berth::db {

namespace {

// No memory map: it saves a point lookup less than a tenth, and an I/O error or a truncated file
// would be a signal that ends the process instead of an error code.
constexpr const char* kReadPragmas =
    "PRAGMA busy_timeout = 1000;"
    "PRAGMA mmap_size = 0;"
    "PRAGMA cache_size = -2048;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA trusted_schema = OFF;";

// The writer checkpoints by itself, so the automatic checkpoint inside COMMIT is off.
constexpr const char* kWritePragmas =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA foreign_keys = ON;"
    "PRAGMA wal_autocheckpoint = 0;"
    "PRAGMA journal_size_limit = 67108864;"
    "PRAGMA mmap_size = 0;"
    "PRAGMA cache_size = -8192;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA trusted_schema = OFF;";

// SQLite has no queue for its lock: who waits looks again and again. Its own handler looks ever
// more seldom, up to ten times a second; beside a server that commits without a pause that is too
// seldom to meet a moment without a transaction.
constexpr std::chrono::milliseconds kBetweenLooks{1};

constexpr Sql kJournalMode("PRAGMA journal_mode");

/// The write-ahead log; nullptr while there is none.
sqlite3_file* log_file(sqlite3* connection) {
    sqlite3_file* log = nullptr;
    const int code = sqlite3_file_control(connection, "main", SQLITE_FCNTL_JOURNAL_POINTER,
                                          static_cast<void*>(&log));
    return code == SQLITE_OK && log != nullptr && log->pMethods != nullptr ? log : nullptr;
}

/// Why a write to the log failed; 0 when that is not known. What SQLite keeps for the connection
/// may be of a later call: it looks for files while it rolls back.
int log_write_errno(sqlite3* connection) {
    sqlite3_file* const log = log_file(connection);
    int reason = 0;
    if (log == nullptr ||
        log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &reason) != SQLITE_OK) {
        return 0;
    }
    return reason;
}

int reason_of(sqlite3* connection, int code) {
    const int logged = code == SQLITE_IOERR_WRITE ? log_write_errno(connection) : 0;
    return logged != 0 ? logged : sqlite3_system_errno(connection);
}

Error make_error(sqlite3* connection, std::string_view what) {
    const int code = sqlite3_extended_errcode(connection);
    std::string detail = sqlite3_errmsg(connection);
    detail += " (sqlite " + std::to_string(code) + ") in: ";
    detail += what;
    return Error(sqlite_errc(code, reason_of(connection, code)), std::move(detail));
}

class SqliteRow final : public Row {
  public:
    explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}

    bool is_null(int column) const override {
        return sqlite3_column_type(statement_, column) == SQLITE_NULL;
    }

    std::int64_t integer(int column) const override {
        return sqlite3_column_int64(statement_, column);
    }

    std::string_view text(int column) const override {
        const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
        return {data, data == nullptr ? 0 : size_of(column)};
    }

    ByteView bytes(int column) const override {
        const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
        return {data, data == nullptr ? 0 : size_of(column)};
    }

  private:
    std::size_t size_of(int column) const {
        return static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    }

    sqlite3_stmt* statement_;
};

class ResetOnExit {
  public:
    explicit ResetOnExit(sqlite3_stmt* statement) : statement_(statement) {}

    ~ResetOnExit() { sqlite3_reset(statement_); }

    ResetOnExit(const ResetOnExit&) = delete;
    ResetOnExit& operator=(const ResetOnExit&) = delete;

  private:
    sqlite3_stmt* statement_;
};

// Values outlive the statement's run, so SQLite need not copy them. A null pointer would bind NULL,
// which an empty view is not.
struct Binder {
    sqlite3_stmt* statement;
    int index;

    int operator()(std::monostate) const { return sqlite3_bind_null(statement, index); }

    int operator()(std::int64_t number) const {
        return sqlite3_bind_int64(statement, index, number);
    }

    int operator()(std::string_view text) const {
        return sqlite3_bind_text64(statement, index, text.data() == nullptr ? "" : text.data(),
                                   text.size(), SQLITE_STATIC, SQLITE_UTF8);
    }

    int operator()(ByteView bytes) const {
        const void* data = bytes.data();
        return sqlite3_bind_blob64(statement, index, data == nullptr ? "" : data, bytes.size(),
                                   SQLITE_STATIC);
    }
};

}  // namespace

void SqliteSession::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

void SqliteSession::Close::operator()(sqlite3* connection) const {
    sqlite3_close_v2(connection);
}

SqliteSession::SqliteSession(sqlite3* connection) : connection_(connection) {}

SqliteSession::~SqliteSession() {
    statements_.clear();  // before the connection, which otherwise stays open as long as they do
}

Result<std::unique_ptr<SqliteSession>> SqliteSession::open(const std::filesystem::path& path,
                                                           Mode mode) {
    // Nobody asks for SQLite's account of its memory, which costs a lock per allocation. A program
    // that has used SQLite before keeps it.
    [[maybe_unused]] static const int unaccounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    const int access = mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    sqlite3* connection = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &connection,
                                     access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                     vfs_with_backed_memory());
    if (connection == nullptr) {
        return fail(Errc::unavailable, "out of memory opening " + path.string());
    }
    std::unique_ptr<SqliteSession> session(new SqliteSession(connection));
    if (code != SQLITE_OK) {
        return fail(session->failure("open " + path.string()));
    }
    BERTH_TRY_VOID(session->configure(mode));
    return session;
}

Result<void> SqliteSession::configure(Mode mode) {
    if (mode == Mode::read_only) {
        return run_script(kReadPragmas);
    }
    sqlite3_busy_handler(connection_.get(), &SqliteSession::wait_for_lock, this);
    BERTH_TRY_VOID(run_script(kWritePragmas));
    // A file system without shared memory or locks answers another mode instead of an error.
    std::string journal;
    BERTH_TRY_VOID(query(kJournalMode, {}, [&journal](const Row& row) {
        journal = row.text(0);
        return false;
    }));
    if (journal != "wal") {
        return fail(Errc::io_error, "no write-ahead log on this file system; mode: " + journal);
    }
    sqlite3_wal_hook(connection_.get(), &SqliteSession::note_commit, &log_);
    return {};
}

// The wait is counted in looks: a little longer than lock_wait_ by the clock.
int SqliteSession::wait_for_lock(void* session, int waits) {
    if (waits * kBetweenLooks >= static_cast<const SqliteSession*>(session)->lock_wait_) {
        return 0;
    }
    sqlite3_sleep(static_cast<int>(kBetweenLooks.count()));
    return 1;
}

int SqliteSession::note_commit(void* log, sqlite3* /*connection*/, const char* /*schema*/,
                               int frames) {
    Log& noted = *static_cast<Log*>(log);
    noted.frames = static_cast<std::size_t>(std::max(frames, 0));
    ++noted.commits;
    return SQLITE_OK;
}

Error SqliteSession::failure(std::string_view statement) {
    Error error = make_error(connection_.get(), statement);
    last_error_ = error;
    return error;
}

Result<SqliteSession::Prepared*> SqliteSession::prepare(const Sql& sql) {
    const auto known = statements_.find(sql.text);
    if (known != statements_.end()) {
        return &known->second;
    }
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(connection_.get(), sql.text, -1, SQLITE_PREPARE_PERSISTENT,
                                        &statement, nullptr);
    Prepared prepared;
    prepared.handle.reset(statement);
    if (code != SQLITE_OK) {
        return fail(failure(sql.text));
    }
    const int count = sqlite3_bind_parameter_count(statement);
    for (int index = 1; index <= count; ++index) {
        const char* given = sqlite3_bind_parameter_name(statement, index);
        const std::string_view name = given == nullptr ? "" : given;
        std::size_t number = 0;
        if (name.starts_with('$')) {
            std::from_chars(name.data() + 1, name.data() + name.size(), number);
        }
        if (number == 0) {
            return fail(Errc::internal, std::string("parameters are $1, $2 ... in: ") + sql.text);
        }
        prepared.numbers.push_back(number);
        prepared.parameter_count = std::max(prepared.parameter_count, number);
    }
    return &statements_.emplace(sql.text, std::move(prepared)).first->second;
}

Result<void> SqliteSession::bind(const Prepared& prepared, std::span<const Value> parameters) {
    sqlite3_stmt* statement = prepared.handle.get();
    if (sqlite3_stmt_busy(statement) != 0) {
        return fail(Errc::internal, std::string("statement started from its own visitor: ") +
                                        sqlite3_sql(statement));
    }
    if (parameters.size() != prepared.parameter_count) {
        return fail(Errc::internal,
                    std::string("wrong number of parameters for: ") + sqlite3_sql(statement));
    }
    for (std::size_t i = 0; i < prepared.numbers.size(); ++i) {
        const Value& value = parameters[prepared.numbers[i] - 1];
        if (std::visit(Binder{statement, static_cast<int>(i) + 1}, value) != SQLITE_OK) {
            return fail(failure(sqlite3_sql(statement)));
        }
    }
    return {};
}

Result<void> SqliteSession::run(const Sql& sql, std::span<const Value> parameters,
                                const RowVisitor* visit) {
    if (transaction_required_ && !in_transaction()) {
        return fail(last_error_ ? *last_error_
                                : Error(Errc::internal, "a work ended its own transaction"));
    }
    BERTH_TRY(Prepared * prepared, prepare(sql));
    BERTH_TRY_VOID(bind(*prepared, parameters));
    sqlite3_stmt* statement = prepared->handle.get();
    const ResetOnExit reset(statement);
    const SqliteRow row(statement);
    bool wanted = visit != nullptr;
    while (true) {
        const int code = sqlite3_step(statement);
        if (code == SQLITE_DONE) {
            return {};
        }
        if (code != SQLITE_ROW) {
            return fail(failure(sql.text));
        }
        wanted = wanted && (*visit)(row);
        if (!wanted && sqlite3_stmt_readonly(statement) != 0) {
            return {};  // a statement that writes is run to its end even if nobody looks
        }
    }
}

Result<void> SqliteSession::query(const Sql& sql, std::span<const Value> parameters,
                                  const RowVisitor& visit) {
    return run(sql, parameters, &visit);
}

Result<std::int64_t> SqliteSession::execute(const Sql& sql, std::span<const Value> parameters) {
    const std::int64_t before = total_changes();
    BERTH_TRY_VOID(run(sql, parameters, nullptr));
    if (total_changes() == before) {
        return 0;  // sqlite3_changes64 still tells of an earlier statement then
    }
    return sqlite3_changes64(connection_.get());
}

Result<void> SqliteSession::run_script(std::string_view script) {
    const char* next = script.data();
    const char* const end = script.data() + script.size();
    while (next != end) {
        sqlite3_stmt* statement = nullptr;
        const int code = sqlite3_prepare_v2(connection_.get(), next, static_cast<int>(end - next),
                                            &statement, &next);
        const std::unique_ptr<sqlite3_stmt, Finalize> handle(statement);
        if (code != SQLITE_OK) {
            return fail(failure(script));
        }
        if (statement == nullptr) {
            continue;  // white space or a comment
        }
        int step = sqlite3_step(statement);
        while (step == SQLITE_ROW) {
            step = sqlite3_step(statement);
        }
        if (step != SQLITE_DONE) {
            return fail(failure(sqlite3_sql(statement)));
        }
    }
    return {};
}

// The level takes effect when the statement is prepared, so this one is never kept.
Result<void> SqliteSession::set_durability(Durability durability) {
    if (durability_ != durability) {
        BERTH_TRY_VOID(run_script(durability == Durability::durable
                                      ? "PRAGMA synchronous = FULL;"
                                      : "PRAGMA synchronous = NORMAL;"));
        durability_ = durability;
    }
    return {};
}

std::int64_t SqliteSession::total_changes() const {
    return sqlite3_total_changes64(connection_.get());
}

bool SqliteSession::in_transaction() const {
    return sqlite3_get_autocommit(connection_.get()) == 0;
}

Result<void> SqliteSession::sync_log() {
    sqlite3_file* const log = log_file(connection_.get());
    if (log == nullptr) {
        return {};
    }
    const int code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
    if (code != SQLITE_OK) {
        return fail(Errc::io_error, "sync of the log failed (sqlite " + std::to_string(code) + ")");
    }
    return {};
}

Result<void> SqliteSession::checkpoint(Checkpoint kind) {
    const int mode =
        kind == Checkpoint::passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE;
    const int code = sqlite3_wal_checkpoint_v2(connection_.get(), nullptr, mode, nullptr, nullptr);
    if (code != SQLITE_OK) {
        return fail(failure("checkpoint"));
    }
    if (kind == Checkpoint::truncate) {
        log_.frames = 0;
    }
    return {};
}

}  // namespace berth::db
