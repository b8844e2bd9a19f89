// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_snapshot.h"

#include "base/releaser.h"
#include "base/try.h"
#include "db/sqlite_error.h"
#include "db/sqlite_vfs.h"
#include "io/file.h"

#include <sqlite3.h>

#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <string>
#include <unistd.h>

namespace berth::db {
namespace {

constexpr int kPagesAtOnce = 256;
constexpr int kBusyMilliseconds = 15'000;

using Connection = std::unique_ptr<sqlite3, Releaser<sqlite3_close_v2>>;

std::unexpected<Error> failed(sqlite3* connection, const std::filesystem::path& file) {
    return fail(sqlite_errc(sqlite3_errcode(connection), sqlite3_system_errno(connection)),
                "copy of " + file.string() + ": " + sqlite3_errmsg(connection));
}

Result<Connection> connect(const std::filesystem::path& file, int access, const char* pragmas) {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &opened, access | SQLITE_OPEN_NOMUTEX,
                                     vfs_with_backed_memory());
    Connection connection(opened);
    if (!connection) {
        return fail(Errc::unavailable, "out of memory opening " + file.string());
    }
    if (code != SQLITE_OK ||
        sqlite3_busy_timeout(connection.get(), kBusyMilliseconds) != SQLITE_OK ||
        sqlite3_exec(connection.get(), pragmas, nullptr, nullptr, nullptr) != SQLITE_OK) {
        return failed(connection.get(), file);
    }
    return connection;
}

Result<void> create_private(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        const int error = errno;
        if (error == EEXIST) {
            return fail(Errc::conflict, file.string() + " exists");
        }
        return fail(io::file_error(error, "creation", file));
    }
    ::close(fd);
    return {};
}

Result<void> sync(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = fd >= 0 && ::fsync(fd) == 0;
    const int error = errno;
    if (fd >= 0) {
        ::close(fd);
    }
    if (!synced) {
        return fail(io::file_error(error, "sync", file));
    }
    return {};
}

Result<void> copy_pages(sqlite3* source, sqlite3* target, const std::filesystem::path& to,
                        const CopyProgress& progress) {
    sqlite3_backup* const backup = sqlite3_backup_init(target, "main", source, "main");
    if (backup == nullptr) {
        return failed(target, to);
    }
    int page_bytes = 0;
    sqlite3_stmt* ask = nullptr;
    if (sqlite3_prepare_v2(source, "PRAGMA page_size", -1, &ask, nullptr) == SQLITE_OK &&
        sqlite3_step(ask) == SQLITE_ROW) {
        page_bytes = sqlite3_column_int(ask, 0);
    }
    sqlite3_finalize(ask);
    int code = SQLITE_OK;
    while (code == SQLITE_OK) {
        code = sqlite3_backup_step(backup, kPagesAtOnce);
        const auto total = static_cast<std::uint64_t>(sqlite3_backup_pagecount(backup));
        const auto left = static_cast<std::uint64_t>(sqlite3_backup_remaining(backup));
        const auto size = static_cast<std::uint64_t>(page_bytes);
        progress((total - left) * size, total * size);
    }
    const int finished = sqlite3_backup_finish(backup);
    if (code != SQLITE_DONE || finished != SQLITE_OK) {
        return failed(target, to);
    }
    return {};
}

}  // namespace

// The source's transaction is open from before the first page until after the last: all pages are
// of one instant, and another's commit does not start the copy anew. Nobody else sees the target,
// so it needs no journal; a copy that fails is removed by the caller.
Result<void> copy_snapshot(const std::filesystem::path& from, const std::filesystem::path& to,
                           const CopyProgress& progress) {
    BERTH_TRY(const Connection source,
              connect(from, SQLITE_OPEN_READONLY,
                      "PRAGMA mmap_size = 0; BEGIN; SELECT count(*) FROM sqlite_schema"));
    BERTH_TRY_VOID(create_private(to));
    {
        BERTH_TRY(const Connection target,
                  connect(to, SQLITE_OPEN_READWRITE,
                          "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF"));
        BERTH_TRY_VOID(copy_pages(source.get(), target.get(), to, progress));
    }
    return sync(to);
}

}  // namespace berth::db
