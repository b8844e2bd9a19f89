// SPDX-License-Identifier: Apache-2.0
#include "app/housekeeping.h"

#include "blob/fs/fs_blob_store.h"
#include "db/sqlite_database.h"
#include "io/resume.h"
#include "io/spawn.h"
#include "io/testing/temporary_directory.h"
#include "meta/repositories.h"
#include "meta/schema.h"

#include <gtest/gtest.h>

#include <chrono>

namespace berth::app {
namespace {

using std::chrono::steady_clock;

class HousekeepingTest : public testing::Test {
  protected:
    void detach(const std::string& name) {
        const db::TransactionalWork work = [&name](db::Session& session) {
            const auto id =
                meta::ensure_repository(session, *oci::Repository::parse(name), Timestamp{0});
            return id && meta::detach_repository(session, *id, Timestamp{0});
        };
        ASSERT_TRUE(database_->write_now(work));
    }

    /// Two keys, one of them retired in 1970.
    void retire_a_key() {
        const db::TransactionalWork work = [](db::Session& session) {
            const auto first = auth::make_signing_key();
            const auto second = auth::make_signing_key();
            return first && second && meta::rotate_signing_key(session, *first, Timestamp{1}) &&
                   meta::rotate_signing_key(session, *second, Timestamp{2});
        };
        ASSERT_TRUE(database_->write_now(work));
        ASSERT_EQ(keys(), 2U);
    }

    std::size_t keys() {
        std::size_t count = 0;
        EXPECT_TRUE(database_->read_now(
            [&count](db::Session& session) { count = meta::list_signing_keys(session)->size(); }));
        return count;
    }

    io::Task<bool> some_are_detached() {
        auto find = [](db::Session& session) { return meta::next_detached(session, now()); };
        const auto found = co_await database_->read(find);
        co_return !found || found->has_value();
    }

    /// Ends the loop when all is done and the housekeeper has left, at the latest after a while.
    io::Task<void> drain_when_tidy() {
        const auto limit = steady_clock::now() + std::chrono::seconds(10);
        bool left = true;
        while (left && steady_clock::now() < limit) {
            co_await io::yield();
            left = co_await some_are_detached();
        }
        EXPECT_FALSE(left);
        loop_.drain_all();
        while (loop_.watched() > 0 && steady_clock::now() < limit) {
            co_await io::yield();
        }
        EXPECT_EQ(loop_.watched(), 0U);
        loop_.stop();
    }

    io::Loop loop_;
    io::TemporaryDirectory directory_;
    Limits limits_;
    std::unique_ptr<io::FileSystem> files_ = io::real_file_system();
    io::BlockingPool pool_{2, 64};
    std::unique_ptr<db::SqliteDatabase> database_ =
        db::SqliteDatabase::open(directory_.path() / "catalog.db", meta::migrations()).value();
    std::unique_ptr<blob::BlobStore> store_ =
        blob::open_fs_blob_store(directory_.path(), *files_, pool_).value();
    registry::UploadService uploads_{*database_, *store_, limits_};
    registry::MetadataService metadata_{*database_};
    auth::KeyRing keys_{*database_, pool_};
    telemetry::Logger log_{telemetry::LogFormat::text, telemetry::Level::error};
};

TEST_F(HousekeepingTest, WhatDeletionsLeftIsDoneWithoutPausesAndADrainEndsIt) {
    detach("a");
    detach("b");
    detach("c");
    retire_a_key();
    io::spawn(loop_, keep_house(loop_, uploads_, metadata_, keys_, log_));
    io::spawn(loop_, drain_when_tidy());
    loop_.run();
    EXPECT_EQ(keys(), 1U);
}

}  // namespace
}  // namespace berth::app
