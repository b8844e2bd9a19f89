// SPDX-License-Identifier: Apache-2.0
#include "app/collecting.h"

#include "blob/fs/fs_blob_store.h"
#include "db/sqlite_database.h"
#include "io/resume.h"
#include "io/spawn.h"
#include "io/testing/temporary_directory.h"
#include "meta/blobs.h"
#include "meta/schema.h"
#include "oci/hasher.h"

#include <gtest/gtest.h>

#include <chrono>

namespace berth::app {
namespace {

using std::chrono::steady_clock;

class CollectingTest : public testing::Test {
  protected:
    void link_a_blob() {
        ASSERT_TRUE(database_->write_now([](db::Session& session) {
            const std::string_view bytes = "small";
            const oci::Digest digest = oci::digest_of(oci::Algorithm::sha256, as_bytes(bytes));
            const auto place = meta::BlobPlace::in_catalog(as_bytes(bytes));
            const auto blob = meta::put_blob(session, digest, place, Timestamp{1});
            const auto home =
                meta::ensure_repository(session, *oci::Repository::parse("app"), Timestamp{1});
            return blob && home &&
                   meta::link_blob(session, *home, blob->id, Timestamp{1}).has_value();
        }));
    }

    /// Ends the loop after `cycles`, at the latest after a while.
    io::Task<void> drain_after(std::uint64_t cycles) {
        const auto limit = steady_clock::now() + std::chrono::seconds(30);
        while (collector_.statistics().cycles < cycles && steady_clock::now() < limit) {
            co_await io::yield();
        }
        loop_.drain_all();
        while (loop_.watched() > 0 && steady_clock::now() < limit) {
            co_await io::yield();
        }
        EXPECT_EQ(loop_.watched(), 0U);
        loop_.stop();
    }

    static registry::GarbagePolicy at_once() {
        Config config;
        config.gc.grace = config.gc.read_grace = std::chrono::seconds(0);
        return garbage_policy_of(config);
    }

    io::Loop loop_;
    io::TemporaryDirectory directory_;
    std::unique_ptr<io::FileSystem> files_ = io::real_file_system();
    io::BlockingPool pool_{2, 64};
    std::unique_ptr<db::SqliteDatabase> database_ =
        db::SqliteDatabase::open(directory_.path() / "catalog.db", meta::migrations()).value();
    std::unique_ptr<blob::BlobStore> store_ =
        blob::open_fs_blob_store(directory_.path(), *files_, pool_).value();
    registry::GarbageCollector collector_{*database_, *store_, at_once()};
    telemetry::Logger log_{telemetry::LogFormat::text, telemetry::Level::error};
};

TEST_F(CollectingTest, CyclesFollowEachOtherUntilADrain) {
    link_a_blob();
    io::spawn(loop_, collect_garbage(loop_, collector_, std::chrono::seconds(0), log_));
    io::spawn(loop_, drain_after(2));
    loop_.run();
    EXPECT_GE(collector_.statistics().cycles, 2U);
    EXPECT_EQ(collector_.statistics().total.removed.count, 1U);
}

TEST_F(CollectingTest, ADrainEndsTheWaitForTheNext) {
    io::spawn(loop_, collect_garbage(loop_, collector_, std::chrono::hours(1), log_));
    io::spawn(loop_, drain_after(1));
    loop_.run();
    EXPECT_EQ(collector_.statistics().cycles, 1U);
}

}  // namespace
}  // namespace berth::app
