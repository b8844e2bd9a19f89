// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_database.h"

#include "base/try.h"
#include "db/testing/faulty_vfs.h"
#include "io/testing/temporary_directory.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <array>
#include <atomic>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <vector>

namespace berth::db {
namespace {

constexpr std::array<Migration, 1> kMigrations{
    Migration{1, "first",
              "CREATE TABLE item (id INTEGER PRIMARY KEY, word TEXT, raw BLOB) STRICT;\n"
              "INSERT INTO item (id, word, raw) VALUES (1, 'one', x'0001');\n"}};

constexpr Sql kInsert("INSERT INTO item (id, word, raw) VALUES ($1, $2, $3)");
constexpr Sql kSwapped("SELECT $2, $1, $2");
constexpr Sql kFind("SELECT word, raw FROM item WHERE id = $1");
constexpr Sql kUpdate("UPDATE item SET word = $2 WHERE id >= $1");
constexpr Sql kUpdateReturning("UPDATE item SET word = $1 RETURNING id");
constexpr Sql kCount("SELECT count(*) FROM item");
constexpr Sql kDeleteAll("DELETE FROM item");

/// As many files as may be open: no descriptor is left.
class NoDescriptors {
  public:
    NoDescriptors() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        rlimit none = before_;
        none.rlim_cur = 0;
        ::setrlimit(RLIMIT_NOFILE, &none);
    }

    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;

    ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

  private:
    rlimit before_{};
};

class SqliteDatabaseTest : public ::testing::Test {
  protected:
    void SetUp() override { reopen(); }

    void reopen() {
        database_.reset();
        auto opened = SqliteDatabase::open(file_, kMigrations);
        ASSERT_TRUE(opened) << opened.error().log_detail;
        database_ = *std::move(opened);
    }

    void write(const std::function<void(Session&)>& work) {
        const Result<void> ran = database_->write_now([&work](Session& session) {
            work(session);
            return true;
        });
        ASSERT_TRUE(ran) << ran.error().log_detail;
    }

    static Result<std::int64_t> count(Session& session) {
        std::int64_t number = -1;
        BERTH_TRY_VOID(session.query(kCount, {}, [&number](const Row& row) {
            number = row.integer(0);
            return true;
        }));
        return number;
    }

    std::int64_t count() {
        Result<std::int64_t> number = fail(Errc::internal);
        EXPECT_TRUE(database_->read_now([&number](Session& session) { number = count(session); }));
        return number.value_or(-1);
    }

    io::TemporaryDirectory directory_;
    std::filesystem::path file_ = directory_.path() / "catalog.db";
    std::unique_ptr<SqliteDatabase> database_;
};

TEST_F(SqliteDatabaseTest, ParametersAreNumberedNotCounted) {
    write([](Session& session) {
        std::vector<std::int64_t> row_values;
        ASSERT_TRUE(session.query(kSwapped, {10, 20}, [&row_values](const Row& row) {
            row_values = {row.integer(0), row.integer(1), row.integer(2)};
            return true;
        }));
        EXPECT_EQ(row_values, (std::vector<std::int64_t>{20, 10, 20}));
    });
}

TEST_F(SqliteDatabaseTest, WrongParameterCountIsAnError) {
    write([](Session& session) {
        const auto few = session.execute(kInsert, {5});
        ASSERT_FALSE(few);
        EXPECT_EQ(few.error().code, Errc::internal);
    });
}

TEST_F(SqliteDatabaseTest, ValuesComeBackAsTheyWere) {
    const std::array<std::byte, 3> raw{std::byte{0}, std::byte{255}, std::byte{7}};
    write([&raw](Session& session) {
        ASSERT_TRUE(session.execute(kInsert, {2, std::string_view("a\0b", 3), ByteView(raw)}));
        ASSERT_TRUE(session.execute(kInsert, {3, std::string_view(), ByteView()}));
        ASSERT_TRUE(session.execute(kInsert, {4, std::monostate(), std::monostate()}));
    });
    const Result<void> ran = database_->read_now([&raw](Session& session) {
        EXPECT_TRUE(session.query(kFind, {2}, [&raw](const Row& row) {
            EXPECT_EQ(row.text(0), std::string_view("a\0b", 3));
            EXPECT_TRUE(std::ranges::equal(row.bytes(1), raw));
            return true;
        }));
        EXPECT_TRUE(session.query(kFind, {3}, [](const Row& row) {
            EXPECT_FALSE(row.is_null(0));
            EXPECT_FALSE(row.is_null(1));
            EXPECT_EQ(row.text(0), "");
            EXPECT_TRUE(row.bytes(1).empty());
            return true;
        }));
        EXPECT_TRUE(session.query(kFind, {4}, [](const Row& row) {
            EXPECT_TRUE(row.is_null(0) && row.is_null(1));
            EXPECT_EQ(row.text(0), "");
            return true;
        }));
    });
    EXPECT_TRUE(ran);
}

TEST_F(SqliteDatabaseTest, ExecuteCountsChangedRows) {
    write([](Session& session) {
        EXPECT_EQ(session.execute(kInsert, {2, "two", std::monostate()}), 1);
        EXPECT_EQ(session.execute(kUpdate, {1, "same"}), 2);
        EXPECT_EQ(session.execute(kUpdate, {100, "none"}), 0);
        EXPECT_EQ(session.execute(kCount, {}), 0);
        EXPECT_EQ(session.execute(kDeleteAll, {}), 2);
    });
}

TEST_F(SqliteDatabaseTest, AWritingStatementRunsToItsEndWhenTheVisitorStops) {
    write([](Session& session) {
        ASSERT_TRUE(session.execute(kInsert, {2, "two", std::monostate()}));
        int visits = 0;
        ASSERT_TRUE(session.query(kUpdateReturning, {"new"}, [&visits](const Row&) {
            ++visits;
            return false;
        }));
        EXPECT_EQ(visits, 1);
        for (const std::int64_t id : {1, 2}) {
            ASSERT_TRUE(session.query(kFind, {id}, [](const Row& row) {
                EXPECT_EQ(row.text(0), "new");
                return true;
            }));
        }
    });
}

TEST_F(SqliteDatabaseTest, AStatementInsideItsOwnVisitorIsRefused) {
    write([](Session& session) {
        ASSERT_TRUE(session.query(kFind, {1}, [&session](const Row& row) {
            const auto nested = session.query(kFind, {1}, [](const Row&) { return true; });
            EXPECT_FALSE(nested);
            EXPECT_EQ(row.text(0), "one");
            return true;
        }));
    });
}

TEST_F(SqliteDatabaseTest, AReaderCannotWrite) {
    const Result<void> ran = database_->read_now([](Session& session) {
        const auto inserted = session.execute(kInsert, {9, "x", std::monostate()});
        ASSERT_FALSE(inserted);
        EXPECT_EQ(inserted.error().code, Errc::read_only);
    });
    EXPECT_TRUE(ran);
    EXPECT_EQ(count(), 1);
}

TEST_F(SqliteDatabaseTest, SurvivesReopening) {
    write([](Session& session) { (void)session.execute(kInsert, {2, "two", std::monostate()}); });
    EXPECT_EQ(count(), 2);
    reopen();
    EXPECT_EQ(count(), 2);
}

TEST_F(SqliteDatabaseTest, ClosingLeavesOneFileOfTheOwner) {
    EXPECT_EQ(count(), 1);
    database_.reset();
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
        names.push_back(entry.path().filename());
    }
    EXPECT_EQ(names, std::vector<std::string>{"catalog.db"});
    struct stat status{};
    ASSERT_EQ(::stat(file_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
}

// Two statements of one read see one state although a write commits between them.
TEST_F(SqliteDatabaseTest, AReadSeesOneSnapshot) {
    const Result<void> ran = database_->read_now([this](Session& session) {
        EXPECT_EQ(count(session), 1);
        write([](Session& writing) {
            ASSERT_TRUE(writing.execute(kInsert, {2, "two", std::monostate()}));
        });
        EXPECT_EQ(count(session), 1);
    });
    EXPECT_TRUE(ran);
    EXPECT_EQ(count(), 2);
}

// The writer always changes two rows together; a reader that saw them differ saw uncommitted work.
TEST_F(SqliteDatabaseTest, ConcurrentReadersSeeOnlyCommittedWork) {
    write([](Session& session) { (void)session.execute(kInsert, {2, "one", std::monostate()}); });
    std::atomic<bool> stop{false};
    std::atomic<int> torn{0};
    std::atomic<int> reads{0};
    const Work check = [&](Session& session) {
        std::array<std::string, 2> words;
        for (std::int64_t i = 0; i < 2; ++i) {
            const auto found = session.query(kFind, {i + 1}, [&words, i](const Row& row) {
                words.at(static_cast<std::size_t>(i)) = row.text(0);
                return true;
            });
            torn += found ? 0 : 1;
        }
        torn += words[0] == words[1] && !words[0].empty() ? 0 : 1;
        ++reads;
    };
    std::vector<std::jthread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&] {
            while (!stop) {
                torn += database_->read_now(check) ? 0 : 1;
            }
        });
    }
    for (int round = 0; round < 100 || reads < 1000; ++round) {
        const std::string word = "round " + std::to_string(round);
        write([&word](Session& session) { EXPECT_EQ(session.execute(kUpdate, {1, word}), 2); });
    }
    stop = true;
    readers.clear();
    EXPECT_EQ(torn, 0);
}

io::Task<void> write_then_read(Database& database, std::int64_t id, std::int64_t& seen) {
    auto insert = [id](Session& session) -> Result<std::int64_t> {
        return session.execute(kInsert, {id, "task", std::monostate()});
    };
    const Result<std::int64_t> written = co_await database.write(insert);
    EXPECT_EQ(written, 1);
    const Result<std::int64_t> again = co_await database.write(insert);
    EXPECT_FALSE(again);
    EXPECT_EQ(again.error().code, Errc::conflict);
    auto find = [id](Session& session) -> Result<std::int64_t> {
        std::int64_t rows = 0;
        BERTH_TRY_VOID(session.query(kFind, {id}, [&rows](const Row&) {
            ++rows;
            return true;
        }));
        return rows;
    };
    const Result<std::int64_t> found = co_await database.read(find);
    seen += found.value_or(0);
}

TEST_F(SqliteDatabaseTest, CoroutinesWriteAndReadTheirOwnWrites) {
    boost::asio::io_context context;
    std::int64_t seen = 0;
    constexpr int kTasks = 200;
    for (int i = 0; i < kTasks; ++i) {
        boost::asio::co_spawn(context, write_then_read(*database_, 10 + i, seen),
                              [](const std::exception_ptr& thrown) { EXPECT_FALSE(thrown); });
    }
    context.run();
    EXPECT_EQ(seen, kTasks);
    EXPECT_EQ(count(), kTasks + 1);
}

TEST_F(SqliteDatabaseTest, WithoutTheLogsIndexItIsAnErrorAndThenItIsNot) {
    constexpr testing::VfsFault kFault{testing::VfsCall::map_shared, 1, SQLITE_IOERR_SHMMAP, true};
    database_.reset();
    {
        testing::FaultyVfs vfs;
        vfs.arm(kFault);
        EXPECT_FALSE(SqliteDatabase::open(file_, kMigrations));
        EXPECT_TRUE(vfs.disarm());
        reopen();
        vfs.arm(kFault);
        const Result<void> read = database_->read_now([](Session&) {});
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, Errc::io_error) << read.error().log_detail;
        EXPECT_TRUE(vfs.disarm());
        EXPECT_EQ(count(), 1);
        database_.reset();
    }
    reopen();
    EXPECT_EQ(count(), 1);
}

TEST_F(SqliteDatabaseTest, WithoutDescriptorsItIsUnavailableAndThenItIsNot) {
    {
        const NoDescriptors none;
        const Result<void> read = database_->read_now([](Session&) {});
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, Errc::unavailable) << read.error().log_detail;
    }
    EXPECT_TRUE(database_->read_now([](Session&) {}));
}

}  // namespace
}  // namespace berth::db
