// SPDX-License-Identifier: Apache-2.0
#include "app/catalog.h"

#include "app/data_lock.h"
#include "io/testing/temporary_directory.h"
#include "meta/access_generation.h"
#include "meta/schema.h"

#include <gmock/gmock.h>

namespace berth::app {
namespace {

using testing::HasSubstr;

class CatalogTest : public ::testing::Test {
  protected:
    CatalogTest() { config_.data = directory_.path().string(); }

    std::filesystem::path file() const { return directory_.path() / "catalog.db"; }

    std::unique_ptr<db::SqliteDatabase> serve(std::size_t migrations) const {
        auto database = db::SqliteDatabase::open(file(), meta::migrations().subspan(0, migrations));
        EXPECT_TRUE(database) << database.error().log_detail;
        return *std::move(database);
    }

    std::string refusal() const {
        const Result<Catalog> catalog = Catalog::open(config_);
        return catalog ? "" : catalog.error().log_detail;
    }

    io::TemporaryDirectory directory_;
    Config config_;
    const std::size_t all_ = meta::migrations().size();
};

TEST_F(CatalogTest, MakesNone) {
    EXPECT_EQ(refusal(), "no catalog in " + config_.data +
                             ": start berth serve once, or name its directory with --data");
    EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
    config_.data += "/deeper";
    EXPECT_THAT(refusal(), HasSubstr("no catalog"));
    EXPECT_FALSE(std::filesystem::exists(config_.data));
    config_.in_memory = true;
    EXPECT_THAT(refusal(), HasSubstr("in_memory"));
}

TEST_F(CatalogTest, BesideAServer) {
    const auto lock = lock_data_directory(directory_.path());
    ASSERT_TRUE(lock);
    const auto server = serve(all_);
    Result<Catalog> catalog = Catalog::open(config_);
    ASSERT_TRUE(catalog) << catalog.error().log_detail;
    const Result<std::int64_t> raised =
        catalog->write([](db::Session& session) { return meta::raise_access_generation(session); });
    ASSERT_TRUE(raised) << raised.error().log_detail;
    const auto read = [](db::Session& session) { return meta::access_generation(session); };
    EXPECT_EQ(catalog->read(read).value(), *raised);
    Result<std::int64_t> seen = 0;
    ASSERT_TRUE(server->read_now([&seen, &read](db::Session& session) { seen = read(session); }));
    EXPECT_EQ(seen.value(), *raised);
}

TEST_F(CatalogTest, AFailedWorkLeavesNothing) {
    serve(all_);
    Result<Catalog> catalog = Catalog::open(config_);
    ASSERT_TRUE(catalog);
    const auto read = [](db::Session& session) { return meta::access_generation(session); };
    const std::int64_t before = catalog->read(read).value();
    const Result<void> refused = catalog->write([](db::Session& session) -> Result<void> {
        BERTH_TRY_VOID(meta::raise_access_generation(session));
        return fail(Errc::conflict, "no");
    });
    EXPECT_EQ(refused.error().log_detail, "no");
    EXPECT_EQ(catalog->read(read).value(), before);
}

TEST_F(CatalogTest, AnOlderSchemaIsChangedOnlyWhileNoServerRuns) {
    {
        auto lock = lock_data_directory(directory_.path());
        ASSERT_TRUE(lock);
        const auto server = serve(all_ - 1);
        EXPECT_THAT(refusal(), HasSubstr("restart it with this one"));
        EXPECT_FALSE(db::SqliteDatabase::open_migrated(file(), meta::migrations())->get());
    }
    Result<Catalog> catalog = Catalog::open(config_);
    ASSERT_TRUE(catalog) << catalog.error().log_detail;
    EXPECT_TRUE(
        catalog->read([](db::Session& session) { return meta::access_generation(session); }));
    const auto lock = lock_data_directory(directory_.path());
    ASSERT_FALSE(lock);
    EXPECT_EQ(lock.error().code, Errc::conflict);
}

TEST_F(CatalogTest, ANewerSchemaIsRefused) {
    auto server = serve(all_);
    constexpr db::Sql kNewer(
        "INSERT INTO schema_version (version, name, checksum, applied_at) VALUES (999, 'x', '', "
        "0)");
    ASSERT_TRUE(server->write_now(
        [&kNewer](db::Session& session) { return session.execute(kNewer, {}).has_value(); }));
    EXPECT_THAT(refusal(), HasSubstr("newer Berth"));
}

}  // namespace
}  // namespace berth::app
