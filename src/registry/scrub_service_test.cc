// SPDX-License-Identifier: Apache-2.0
#include "registry/scrub_service.h"

#include "meta/blobs.h"
#include "registry/testing/registry_fixture.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace berth::registry {
namespace {

using io::run_task;

constexpr db::Sql kRotCatalog("UPDATE blobs SET bytes = x'6f74686572' WHERE location = 'catalog'");
constexpr db::Sql kVerified("SELECT count(*) FROM blobs WHERE verified_at > created_at");

/// Goes on until told otherwise.
class FreePace final : public ScrubPace {
  public:
    io::Task<bool> worked(std::uint64_t bytes) override {
        worked_ += bytes;
        co_return worked_ <= most_;
    }

    void stop_after(std::uint64_t bytes) { most_ = worked_ + bytes; }

    void go_on() { most_ = ~std::uint64_t{0}; }

  private:
    std::uint64_t worked_ = 0;
    std::uint64_t most_ = ~std::uint64_t{0};
};

class ScrubServiceTest : public RegistryTest {
  protected:
    ScrubServiceTest() {
        Limits limits;
        limits.inline_blob_bytes_max = 8;
        restart(limits);
        EXPECT_TRUE(push("app", "small"));
        EXPECT_TRUE(push("app", kLarge));
        EXPECT_TRUE(push("app", kOther));
        renew();
    }

    void renew() {
        scrub_ =
            std::make_unique<ScrubService>(registry_->database, *registry_->store, pool_, log_);
        EXPECT_TRUE(run_task(scrub_->resume()));
    }

    void pass() {
        bool completed = false;
        for (int i = 0; i < 10 && !completed; ++i) {
            const Result<bool> checked = run_task(scrub_->check(pace_));
            ASSERT_TRUE(checked) << checked.error().log_detail;
            completed = *checked;
        }
        EXPECT_TRUE(completed);
    }

    std::filesystem::path object_of(std::string_view content) {
        const oci::Digest digest = sha256(content);
        auto find = [&digest](db::Session& session) { return meta::find_blob(session, digest); };
        const auto row = run_task(registry_->database.read(find));
        return directory_.path() / "blobs" / (*row)->location;
    }

    static void flip(const std::filesystem::path& path) {
        std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
        file.put('#');
    }

    std::int64_t number(const db::Sql& sql) {
        std::int64_t found = -1;
        auto work = [&](db::Session& session) {
            return session.query(sql, {}, [&found](const db::Row& row) {
                found = row.integer(0);
                return false;
            });
        };
        EXPECT_TRUE(run_task(registry_->database.read(work)));
        return found;
    }

    const std::string kLarge = "a large blob";
    const std::string kOther = std::string(3 << 20, 'x');
    telemetry::Logger log_{telemetry::LogFormat::text, telemetry::Level::error};
    io::BlockingPool pool_{1, 8};
    FreePace pace_;
    std::unique_ptr<ScrubService> scrub_;
};

TEST_F(ScrubServiceTest, FindsNothingWrongAndSaysWhatItSaw) {
    pass();
    const ScrubStatistics seen = scrub_->statistics();
    EXPECT_EQ(seen.blobs_checked, 3U);
    EXPECT_EQ(seen.bytes_checked, 5 + kLarge.size() + kOther.size());
    EXPECT_EQ(seen.damaged, 0U);
    EXPECT_EQ(seen.passes, 1U);
    EXPECT_GT(seen.pass_completed.ticks, 0);
    EXPECT_EQ(number(kVerified), 2);
    pass();
    EXPECT_EQ(scrub_->statistics().passes, 2U);
}

TEST_F(ScrubServiceTest, PutsDamagedBytesAsideAndAPushHeals) {
    flip(object_of(kLarge));
    std::filesystem::resize_file(object_of(kOther), 7);
    auto rot = [](db::Session& session) { return session.execute(kRotCatalog, {}); };
    ASSERT_TRUE(run_task(registry_->database.write(rot)));
    pass();
    EXPECT_EQ(scrub_->statistics().damaged, 3U);
    EXPECT_EQ(files_below("quarantine"), 3U);
    EXPECT_EQ(files_below("blobs"), 0U);
    for (const std::string& content : {std::string("small"), kLarge, kOther}) {
        EXPECT_EQ(pull("app", sha256(content)), "[blob_unknown]");
        ASSERT_TRUE(push("app", content));
        EXPECT_EQ(pull("app", sha256(content)), content);
    }
    pass();
    EXPECT_EQ(scrub_->statistics().damaged, 3U);
}

TEST_F(ScrubServiceTest, AnObjectThatIsGoneIsDamageToo) {
    std::filesystem::remove(object_of(kLarge));
    pass();
    EXPECT_EQ(scrub_->statistics().damaged, 1U);
    EXPECT_EQ(pull("app", sha256(kLarge)), "[blob_unknown]");
}

TEST_F(ScrubServiceTest, AFileThatCannotBeReadProvesNothing) {
    const std::filesystem::path object = object_of(kLarge);
    std::filesystem::remove(object);
    std::filesystem::create_symlink(object, object);  // ELOOP at open
    pass();
    EXPECT_EQ(scrub_->statistics().unreadable, 1U);
    EXPECT_EQ(scrub_->statistics().damaged, 0U);
    EXPECT_EQ(run_task(blobs().stat(repository("app"), sha256(kLarge))).value(), kLarge.size());
}

TEST_F(ScrubServiceTest, GoesOnWhereItWas) {
    pace_.stop_after(2 * 16 * kKiB + kLarge.size());  // ends inside the last one
    EXPECT_EQ(run_task(scrub_->check(pace_)), false);
    const std::int64_t cursor = scrub_->statistics().cursor;
    EXPECT_GT(cursor, 0);
    renew();
    EXPECT_EQ(scrub_->statistics().cursor, cursor);
    pace_.go_on();
    pass();
    EXPECT_EQ(scrub_->statistics().blobs_checked, 1U);
    renew();
    EXPECT_GT(scrub_->statistics().pass_completed.ticks, 0);
    EXPECT_EQ(scrub_->statistics().cursor, 0);
}

}  // namespace
}  // namespace berth::registry
