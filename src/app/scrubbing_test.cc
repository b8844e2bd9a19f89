// SPDX-License-Identifier: Apache-2.0
#include "app/scrubbing.h"

#include "blob/fs/fs_blob_store.h"
#include "db/sqlite_database.h"
#include "io/resume.h"
#include "io/spawn.h"
#include "io/testing/temporary_directory.h"
#include "meta/schema.h"

#include <gtest/gtest.h>

#include <chrono>

namespace berth::app {
namespace {

using std::chrono::steady_clock;

class ScrubbingTest : public testing::Test {
  protected:
    io::Task<void> drain_after_a_pass() {
        const auto limit = steady_clock::now() + std::chrono::seconds(10);
        while (service_.statistics().passes == 0 && steady_clock::now() < limit) {
            co_await io::yield();
        }
        loop_.drain_all();
        while (loop_.watched() > 0 && steady_clock::now() < limit) {
            co_await io::yield();
        }
        EXPECT_EQ(loop_.watched(), 0U);
        loop_.stop();
    }

    io::Loop loop_;
    io::TemporaryDirectory directory_;
    telemetry::Logger log_{telemetry::LogFormat::text, telemetry::Level::error};
    std::unique_ptr<io::FileSystem> files_ = io::real_file_system();
    io::BlockingPool pool_{1, 8};
    std::unique_ptr<db::SqliteDatabase> database_ =
        db::SqliteDatabase::open(directory_.path() / "catalog.db", meta::migrations()).value();
    std::unique_ptr<blob::BlobStore> store_ =
        blob::open_fs_blob_store(directory_.path(), *files_, pool_).value();
    registry::ScrubService service_{*database_, *store_, pool_, log_};
    Config::Scrub settings_;
};

TEST_F(ScrubbingTest, MakesAPassRestsAndEndsWithTheLoop) {
    io::spawn(loop_, keep_scrubbing(loop_, service_, settings_, log_));
    io::spawn(loop_, drain_after_a_pass());
    loop_.run();
    EXPECT_EQ(service_.statistics().passes, 1U);
}

}  // namespace
}  // namespace berth::app
