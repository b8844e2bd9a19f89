// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_error.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cerrno>

namespace berth::db {
namespace {

TEST(SqliteErrc, TheCodeSaysMost) {
    EXPECT_EQ(sqlite_errc(SQLITE_FULL, 0), Errc::disk_full);
    EXPECT_EQ(sqlite_errc(SQLITE_READONLY_DIRECTORY, 0), Errc::read_only);
    EXPECT_EQ(sqlite_errc(SQLITE_CORRUPT_INDEX, 0), Errc::corrupt);
    EXPECT_EQ(sqlite_errc(SQLITE_NOTADB, 0), Errc::corrupt);
    EXPECT_EQ(sqlite_errc(SQLITE_CONSTRAINT_UNIQUE, 0), Errc::conflict);
    EXPECT_EQ(sqlite_errc(SQLITE_BUSY_SNAPSHOT, 0), Errc::unavailable);
    EXPECT_EQ(sqlite_errc(SQLITE_MISUSE, ENOSPC), Errc::internal);
}

TEST(SqliteErrc, BehindAnIoErrorIsTheSystems) {
    EXPECT_EQ(sqlite_errc(SQLITE_IOERR_WRITE, ENOSPC), Errc::disk_full);
    EXPECT_EQ(sqlite_errc(SQLITE_IOERR_SHMSIZE, EDQUOT), Errc::disk_full);
    EXPECT_EQ(sqlite_errc(SQLITE_IOERR_WRITE, EROFS), Errc::read_only);
    EXPECT_EQ(sqlite_errc(SQLITE_CANTOPEN, EMFILE), Errc::unavailable);
    EXPECT_EQ(sqlite_errc(SQLITE_IOERR_FSYNC, EIO), Errc::io_error);
    EXPECT_EQ(sqlite_errc(SQLITE_IOERR, 0), Errc::io_error);
}

}  // namespace
}  // namespace berth::db
