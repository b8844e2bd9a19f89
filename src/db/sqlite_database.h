// SPDX-License-Identifier: Apache-2.0
//
// The embedded engine: one SQLite file in WAL mode, durable commits with synchronous=FULL. Reads
// take a read-only connection from a small free list and run inline (about 2 us for a point
// lookup). Writes go to SqliteWriter, the only thread that writes.
#pragma once

#include "base/error.h"
#include "base/limits.h"
#include "db/migrate.h"
#include "db/sql.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace berth::db {

struct SqliteOptions {
    /// Transactions that wait for the writer; one more is refused.
    std::size_t write_queue_max = Limits().write_queue_max;
};

struct WriterStatistics;  // sqlite_writer.h

class SqliteDatabase final : public Database {
  public:
    /// Opens or creates the file, applies `migrations` in one transaction. Errors: io_error,
    /// disk_full, corrupt, unsupported when the file's schema is newer than the last migration.
    static Result<std::unique_ptr<SqliteDatabase>> open(const std::filesystem::path& path,
                                                        std::span<const Migration> migrations,
                                                        const SqliteOptions& options = {});
    /// Opens a file that exists, beside other processes that may have it open, and changes no
    /// schema: nullptr when `migrations` are not all applied. Errors: as above, io_error when there
    /// is no file.
    static Result<std::unique_ptr<SqliteDatabase>> open_migrated(
        const std::filesystem::path& path, std::span<const Migration> migrations);
    /// Finishes the writes already accepted, then closes.
    ~SqliteDatabase() override;

    std::optional<ChangeMark> change_mark() const override;

    /// Any thread.
    WriterStatistics statistics() const;

    /// For start-up, shutdown and tools, on a thread that may block: the same as read()/write()
    /// without a coroutine.
    Result<void> read_now(const Work& work);
    Result<void> write_now(const TransactionalWork& work);

  protected:
    io::Task<Result<void>> run_read(Work& work) override;
    io::Task<Result<void>> run_write(TransactionalWork& work, Durability durability) override;

  private:
    struct State;
    explicit SqliteDatabase(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace berth::db
