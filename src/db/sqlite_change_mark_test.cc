// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_database.h"
#include "io/testing/temporary_directory.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <sys/wait.h>
#include <unistd.h>

namespace berth::db {
namespace {

constexpr std::array<Migration, 1> kMigrations{
    Migration{1, "first", "CREATE TABLE item (id INTEGER PRIMARY KEY) STRICT;\n"}};
constexpr Sql kInsert("INSERT INTO item (id) VALUES ($1)");
constexpr Sql kCount("SELECT count(*) FROM item");

class SqliteChangeMarkTest : public ::testing::Test {
  protected:
    std::unique_ptr<SqliteDatabase> open() {
        return SqliteDatabase::open(directory_.path() / "catalog.db", kMigrations).value();
    }

    static void insert(SqliteDatabase& database, std::int64_t id, bool keep = true) {
        const TransactionalWork work = [id, keep](Session& session) {
            return session.execute(kInsert, {id}).has_value() && keep;
        };
        EXPECT_TRUE(database.write_now(work).has_value());
    }

    io::TemporaryDirectory directory_;
    std::unique_ptr<SqliteDatabase> database_ = open();
};

TEST_F(SqliteChangeMarkTest, StaysWhileNothingIsCommitted) {
    const auto before = database_->change_mark();
    ASSERT_TRUE(before.has_value());
    const Work count = [](Session& session) {
        const RowVisitor ignore = [](const Row&) { return true; };
        EXPECT_TRUE(session.query(kCount, {}, ignore).has_value());
    };
    EXPECT_TRUE(database_->read_now(count).has_value());
    EXPECT_EQ(database_->change_mark(), before);
}

TEST_F(SqliteChangeMarkTest, ChangesWithEveryCommit) {
    for (std::int64_t id = 0; id < 2000; ++id) {
        const auto before = database_->change_mark();
        insert(*database_, id);
        ASSERT_NE(database_->change_mark(), before) << id;
    }
}

TEST_F(SqliteChangeMarkTest, ChangesWithACommitThroughAnotherConnection) {
    const std::unique_ptr<SqliteDatabase> other = open();
    const auto before = database_->change_mark();
    insert(*other, 1);
    EXPECT_NE(database_->change_mark(), before);
    EXPECT_EQ(database_->change_mark(), other->change_mark());
}

TEST_F(SqliteChangeMarkTest, ChangesWithACommitOfAnotherProcess) {
    const auto before = database_->change_mark();
    const pid_t child = ::fork();
    if (child == 0) {
        // A fresh program, as the command line is; nothing of this one's connections is used.
        const std::string file = (directory_.path() / "catalog.db").string();
        ::execlp("python3", "python3", "-c",
                 "import sqlite3, sys\n"
                 "catalog = sqlite3.connect(sys.argv[1])\n"
                 "catalog.execute('INSERT INTO item (id) VALUES (7)')\n"
                 "catalog.commit()\n",
                 file.c_str(), nullptr);
        ::_exit(127);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
    EXPECT_NE(database_->change_mark(), before);
}

}  // namespace
}  // namespace berth::db
