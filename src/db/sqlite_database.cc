// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_database.h"

#include "base/clock.h"
#include "base/try.h"
#include "db/sqlite_change_mark.h"
#include "db/sqlite_session.h"
#include "db/sqlite_writer.h"
#include "io/file.h"
#include "io/resume.h"

#include <cerrno>
#include <fcntl.h>
#include <mutex>
#include <optional>
#include <semaphore>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace berth::db {

namespace {

constexpr Sql kBeginImmediate("BEGIN IMMEDIATE");
constexpr Sql kBeginSnapshot("BEGIN");
constexpr Sql kCommit("COMMIT");
constexpr Sql kRollback("ROLLBACK");

// More threads than this may read at once; their connections are then closed after use.
constexpr std::size_t kIdleReadersMax = 64;

// The catalog holds password hashes: the file, and with it the log beside it, is the owner's only.
Result<void> create_private_file(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return fail(io::file_error(errno, "opening", path));
    }
    ::close(descriptor);
    return {};
}

Result<void> migrate(SqliteSession& session, std::span<const Migration> migrations) {
    BERTH_TRY_VOID(session.execute(kBeginImmediate, {}));
    const RunScript run_script = [&session](std::string_view script) {
        return session.run_script(script);
    };
    Result<void> applied = apply_migrations(session, run_script, migrations, now());
    if (applied) {
        Result<std::int64_t> committed = session.execute(kCommit, {});
        if (!committed) {
            applied = fail(std::move(committed).error());
        }
    }
    if (session.in_transaction()) {
        (void)session.execute(kRollback, {});
    }
    return applied;
}

}  // namespace

struct SqliteDatabase::State {
    State(std::filesystem::path file, std::unique_ptr<SqliteSession> writing,
          const SqliteOptions& options)
        : path(std::move(file)),
          mark(writing->change_mark()),
          writer(std::move(writing), WriterLimits{.queue_max = options.write_queue_max}) {}

    Result<std::unique_ptr<SqliteSession>> take_reader() {
        {
            const std::lock_guard lock(mutex);
            if (!idle.empty()) {
                std::unique_ptr<SqliteSession> reader = std::move(idle.back());
                idle.pop_back();
                return reader;
            }
        }
        return SqliteSession::open(path, SqliteSession::Mode::read_only);
    }

    void give_back(std::unique_ptr<SqliteSession> reader) {
        const std::lock_guard lock(mutex);
        if (idle.size() < kIdleReadersMax) {
            idle.push_back(std::move(reader));
        }
    }

    const std::filesystem::path path;
    const SqliteChangeMark mark;  // of the writing connection
    // Destroyed in reverse order: readers first, so that the writing connection is the last one and
    // its close empties and removes the log.
    SqliteWriter writer;
    std::mutex mutex;
    std::vector<std::unique_ptr<SqliteSession>> idle;  // guarded by mutex; last in, first out
};

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(const std::filesystem::path& path,
                                                             std::span<const Migration> migrations,
                                                             const SqliteOptions& options) {
    BERTH_TRY_VOID(create_private_file(path));
    BERTH_TRY(std::unique_ptr<SqliteSession> session,
              SqliteSession::open(path, SqliteSession::Mode::read_write));
    BERTH_TRY_VOID(migrate(*session, migrations));
    auto state = std::make_unique<State>(path, std::move(session), options);
    return std::unique_ptr<SqliteDatabase>(new SqliteDatabase(std::move(state)));
}

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open_migrated(
    const std::filesystem::path& path, std::span<const Migration> migrations) {
    BERTH_TRY(std::unique_ptr<SqliteSession> session,
              SqliteSession::open(path, SqliteSession::Mode::read_write));
    BERTH_TRY(const bool migrated, is_migrated(*session, migrations));
    if (!migrated) {
        return std::unique_ptr<SqliteDatabase>();
    }
    auto state = std::make_unique<State>(path, std::move(session), SqliteOptions());
    return std::unique_ptr<SqliteDatabase>(new SqliteDatabase(std::move(state)));
}

SqliteDatabase::SqliteDatabase(std::unique_ptr<State> state) : state_(std::move(state)) {}

SqliteDatabase::~SqliteDatabase() = default;

std::optional<ChangeMark> SqliteDatabase::change_mark() const {
    return state_->mark.read();
}

WriterStatistics SqliteDatabase::statistics() const {
    return state_->writer.statistics();
}

// BEGIN and COMMIT give the statements of one work one snapshot and take the read lock once. A
// connection whose transaction did not end, or whose work threw, is closed instead of reused.
Result<void> SqliteDatabase::read_now(const Work& work) {
    BERTH_TRY(std::unique_ptr<SqliteSession> reader, state_->take_reader());
    BERTH_TRY_VOID(reader->execute(kBeginSnapshot, {}));
    work(*reader);
    if (reader->execute(kCommit, {})) {
        state_->give_back(std::move(reader));
    }
    return {};
}

Result<void> SqliteDatabase::write_now(const TransactionalWork& work) {
    Result<void> outcome;
    std::binary_semaphore answered(0);
    WriteJob job(work, [&outcome, &answered](Result<void> result) {
        outcome = std::move(result);
        answered.release();
    });
    if (!state_->writer.submit(std::move(job))) {
        return fail(Errc::unavailable, "the queue of the database writer is full");
    }
    answered.acquire();
    return outcome;
}

io::Task<Result<void>> SqliteDatabase::run_read(Work& work) {
    co_return read_now(work);
}

io::Task<Result<void>> SqliteDatabase::run_write(TransactionalWork& work, Durability durability) {
    Result<void> outcome;
    SqliteWriter& writer = state_->writer;
    std::function<void(io::Signal)> start = [&, durability](const io::Signal& signal) {
        WriteJob job(
            work,
            [&outcome, signal](Result<void> result) {
                outcome = std::move(result);
                signal();
            },
            durability);
        if (!writer.submit(std::move(job))) {
            outcome = fail(Errc::unavailable, "the queue of the database writer is full");
            signal();
        }
    };
    co_await io::wait_for_signal(start);
    co_return outcome;
}

}  // namespace berth::db
