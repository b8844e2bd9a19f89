// SPDX-License-Identifier: Apache-2.0
//
// That a full disk is an error needs one: tests/operations, part full.
#include "db/sqlite_vfs.h"

#include "db/testing/faulty_vfs.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdio>
#include <string>

namespace berth::db {
namespace {

TEST(SqliteVfsTest, IsTheSystemsUnlessATestHasItsOwn) {
    ASSERT_NE(vfs_with_backed_memory(), nullptr);
    EXPECT_NE(sqlite3_vfs_find(vfs_with_backed_memory()), nullptr);
    EXPECT_STRNE(sqlite3_vfs_find(nullptr)->zName, vfs_with_backed_memory())
        << "others keep theirs";
    {
        const testing::FaultyVfs faulty;
        EXPECT_EQ(vfs_with_backed_memory(), nullptr);
    }
    EXPECT_NE(vfs_with_backed_memory(), nullptr);
}

TEST(SqliteVfsTest, ConnectionsShareMemory) {
    const std::string path = ::testing::TempDir() + "berth-sqlite-vfs-test.db";
    sqlite3* writer = nullptr;
    sqlite3* reader = nullptr;
    const int access = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    ASSERT_EQ(sqlite3_open_v2(path.c_str(), &writer, access, vfs_with_backed_memory()), SQLITE_OK);
    constexpr const char* kFill =
        "PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS t(a);"
        "INSERT INTO t VALUES(1);";
    EXPECT_EQ(sqlite3_exec(writer, kFill, nullptr, nullptr, nullptr), SQLITE_OK);
    // One that knows nothing of it, as another program's.
    ASSERT_EQ(sqlite3_open_v2(path.c_str(), &reader, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(reader, "SELECT a FROM t", nullptr, nullptr, nullptr), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(writer, "DROP TABLE t", nullptr, nullptr, nullptr), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(reader, "SELECT a FROM t", nullptr, nullptr, nullptr), SQLITE_ERROR);
    sqlite3_close_v2(reader);
    sqlite3_close_v2(writer);
    EXPECT_EQ(std::remove(path.c_str()), 0);
}

}  // namespace
}  // namespace berth::db
