// SPDX-License-Identifier: Apache-2.0
#include "db/migrate.h"

#include "db/sqlite_database.h"
#include "io/testing/temporary_directory.h"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <memory>
#include <vector>

namespace berth::db {
namespace {

constexpr Migration kFirst{1, "first", "CREATE TABLE a (x INTEGER);\n"};
constexpr Migration kSecond{2, "second",
                            "CREATE TABLE b (x INTEGER);\nINSERT INTO b VALUES (1);\n"};
constexpr Migration kBroken{2, "broken", "CREATE TABLE b (x INTEGER);\nSELECT nonsense;\n"};

constexpr Sql kVersions("SELECT version FROM schema_version ORDER BY version");
constexpr Sql kTableNames("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
constexpr Sql kCountB("SELECT count(*) FROM b");

class Migrate : public ::testing::Test {
  protected:
    Result<std::unique_ptr<SqliteDatabase>> open(std::vector<Migration> migrations) {
        return SqliteDatabase::open(file_, migrations);
    }

    static std::vector<std::int64_t> integers(SqliteDatabase& database, const Sql& sql) {
        std::vector<std::int64_t> found;
        const Result<void> ran = database.read_now([&](Session& session) {
            const Result<void> queried = session.query(sql, {}, [&](const Row& row) {
                found.push_back(row.integer(0));
                return true;
            });
            EXPECT_TRUE(queried) << queried.error().log_detail;
        });
        EXPECT_TRUE(ran);
        return found;
    }

    static std::vector<std::string> texts(SqliteDatabase& database, const Sql& sql) {
        std::vector<std::string> found;
        (void)database.read_now([&](Session& session) {
            (void)session.query(sql, {}, [&](const Row& row) {
                found.emplace_back(row.text(0));
                return true;
            });
        });
        return found;
    }

    io::TemporaryDirectory directory_;
    std::filesystem::path file_ = directory_.path() / "catalog.db";
};

TEST_F(Migrate, OpensWhatIsMigratedAndNothingElse) {
    const auto open_migrated = [this](std::vector<Migration> migrations) {
        return SqliteDatabase::open_migrated(file_, migrations);
    };
    EXPECT_FALSE(open_migrated({kFirst}));
    EXPECT_FALSE(std::filesystem::exists(file_));
    std::ofstream(file_).close();
    ASSERT_TRUE(open_migrated({kFirst}));
    EXPECT_EQ(open_migrated({kFirst})->get(), nullptr);

    ASSERT_TRUE(open({kFirst}));
    ASSERT_NE(open_migrated({kFirst})->get(), nullptr);
    const auto older = open_migrated({kFirst, kSecond});
    ASSERT_TRUE(older) << older.error().log_detail;
    EXPECT_EQ(older->get(), nullptr);
    EXPECT_EQ(integers(**open({kFirst}), kVersions), std::vector<std::int64_t>{1});

    ASSERT_TRUE(open({kFirst, kSecond}));
    const auto newer = open_migrated({kFirst});
    ASSERT_FALSE(newer);
    EXPECT_EQ(newer.error().code, Errc::unsupported);
    const auto changed = open_migrated({kFirst, kBroken});
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().code, Errc::corrupt);
}

TEST_F(Migrate, AppliesWhatIsMissingInOrder) {
    ASSERT_TRUE(open({kFirst}));
    const auto database = open({kFirst, kSecond});
    ASSERT_TRUE(database) << database.error().log_detail;
    EXPECT_EQ(integers(**database, kVersions), (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(integers(**database, kCountB), std::vector<std::int64_t>{1});
}

TEST_F(Migrate, OpeningTwiceChangesNothing) {
    ASSERT_TRUE(open({kFirst, kSecond}));
    const auto database = open({kFirst, kSecond});
    ASSERT_TRUE(database) << database.error().log_detail;
    EXPECT_EQ(integers(**database, kVersions), (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(integers(**database, kCountB), std::vector<std::int64_t>{1});
}

TEST_F(Migrate, AFailingStatementLeavesTheOldVersion) {
    ASSERT_TRUE(open({kFirst}));
    const auto broken = open({kFirst, kBroken});
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code, Errc::internal);
    const auto database = open({kFirst});
    ASSERT_TRUE(database) << database.error().log_detail;
    EXPECT_EQ(integers(**database, kVersions), std::vector<std::int64_t>{1});
    EXPECT_EQ(texts(**database, kTableNames), (std::vector<std::string>{"a", "schema_version"}));
}

TEST_F(Migrate, ANewerSchemaIsRefused) {
    ASSERT_TRUE(open({kFirst, kSecond}));
    const auto older = open({kFirst});
    ASSERT_FALSE(older);
    EXPECT_EQ(older.error().code, Errc::unsupported);
    EXPECT_NE(older.error().log_detail.find("version 2"), std::string::npos);
}

TEST_F(Migrate, AChangedMigrationIsRefused) {
    ASSERT_TRUE(open({kFirst}));
    const auto changed = open({Migration{1, "first", "CREATE TABLE a (y INTEGER);\n"}});
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().code, Errc::corrupt);
}

TEST_F(Migrate, AFileThatIsNoDatabaseIsCorrupt) {
    std::ofstream(file_) << std::string(8192, 'x');
    const auto database = open({kFirst});
    ASSERT_FALSE(database);
    EXPECT_EQ(database.error().code, Errc::corrupt);
}

TEST_F(Migrate, AMissingDirectoryIsAnIoError) {
    const std::array migrations{kFirst};
    const auto database =
        SqliteDatabase::open(directory_.path() / "absent" / "catalog.db", migrations);
    ASSERT_FALSE(database);
    EXPECT_EQ(database.error().code, Errc::io_error);
}

}  // namespace
}  // namespace berth::db
