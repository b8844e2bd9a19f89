// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_snapshot.h"

#include "db/sqlite_database.h"
#include "io/testing/temporary_directory.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <string>

namespace berth::db {
namespace {

constexpr Sql kInsert("INSERT INTO pairs (a, b, filler) VALUES ($1, $1, zeroblob(3000))");
constexpr Sql kCount("SELECT count(*), COALESCE(sum(a <> b), 0) FROM pairs");

class SqliteSnapshotTest : public testing::Test {
  protected:
    std::unique_ptr<SqliteDatabase> open(const char* name) const {
        static constexpr std::array kMigrations{Migration{
            1, "pairs", "CREATE TABLE pairs (a INTEGER, b INTEGER, filler BLOB) STRICT;\n"}};
        return SqliteDatabase::open(directory_.path() / name, kMigrations).value();
    }

    static void insert(SqliteDatabase& database, std::int64_t number) {
        ASSERT_TRUE(database.write_now(
            [number](Session& session) { return session.execute(kInsert, {number}).has_value(); }));
    }

    static std::int64_t rows(SqliteDatabase& database) {
        std::int64_t count = -1;
        EXPECT_TRUE(database.read_now([&count](Session& session) {
            EXPECT_TRUE(session.query(kCount, {}, [&count](const Row& row) {
                count = row.integer(1) == 0 ? row.integer(0) : -1;
                return false;
            }));
        }));
        return count;
    }

    Result<void> copy(const CopyProgress& progress) const {
        return copy_snapshot(directory_.path() / "source", directory_.path() / "copy", progress);
    }

    io::TemporaryDirectory directory_;
};

TEST_F(SqliteSnapshotTest, IsOfOneInstantWhileOthersWrite) {
    const auto source = open("source");
    for (std::int64_t i = 0; i < 600; ++i) {
        insert(*source, i);
    }
    std::uint64_t calls = 0;
    std::uint64_t last = 0;
    const auto copied = copy([&](std::uint64_t done, std::uint64_t total) {
        insert(*source, 1000);
        ++calls;
        last = done;
        EXPECT_LE(done, total);
    });
    ASSERT_TRUE(copied) << copied.error().log_detail;
    EXPECT_GT(calls, 1U);
    EXPECT_GT(last, 600U * 3000);
    EXPECT_EQ(rows(*open("copy")), 600);
    EXPECT_EQ(rows(*source), 600 + static_cast<std::int64_t>(calls));
}

TEST_F(SqliteSnapshotTest, IsTheOwnersOnlyAndTakesNobodysPlace) {
    const auto source = open("source");
    ASSERT_TRUE(copy([](std::uint64_t, std::uint64_t) {}));
    const auto mode = std::filesystem::status(directory_.path() / "copy").permissions();
    EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_EQ(copy([](std::uint64_t, std::uint64_t) {}).error().code, Errc::conflict);
}

TEST_F(SqliteSnapshotTest, WithoutASourceThereIsNone) {
    EXPECT_FALSE(copy([](std::uint64_t, std::uint64_t) {}));
    EXPECT_FALSE(std::filesystem::exists(directory_.path() / "copy"));
}

}  // namespace
}  // namespace berth::db
