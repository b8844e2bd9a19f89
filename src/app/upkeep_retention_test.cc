// SPDX-License-Identifier: Apache-2.0
#include "app/upkeep_retention.h"

#include "base/try.h"
#include "db/sqlite_database.h"
#include "io/resume.h"
#include "io/spawn.h"
#include "io/testing/temporary_directory.h"
#include "meta/manifest_pulls.h"
#include "meta/manifests.h"
#include "meta/schema.h"
#include "meta/tags.h"
#include "oci/hasher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>

namespace berth::app {
namespace {

using std::chrono::steady_clock;
using ::testing::HasSubstr;

class UpkeepRetention : public testing::Test {
  protected:
    // app:old is due by the rule `r`, app:gone is in the bin and due for purging, app:kept stays.
    UpkeepRetention() {
        const db::TransactionalWork work = [this](db::Session& session) {
            return prepare(session).has_value();
        };
        EXPECT_TRUE(database_->write_now(work));
    }

    Result<void> prepare(db::Session& session) {
        const Timestamp then{now().ticks - 10 * meta::kTicksPerDay};
        BERTH_TRY(const auto app,
                  meta::ensure_repository(session, *oci::Repository::parse("app"), then));
        for (const char* name : {"old", "gone", "kept"}) {
            oci::Manifest manifest;
            manifest.media_type = "application/x";
            manifest.artifact_type = "application/x";
            const std::string bytes = name;
            const oci::Digest digest = oci::digest_of(oci::Algorithm::sha256, as_bytes(bytes));
            BERTH_TRY_VOID(
                meta::put_manifest(session, app, digest, manifest, as_bytes(bytes), then));
            BERTH_TRY_VOID(meta::put_tag(session, app, *oci::Tag::parse(name), digest, then));
        }
        const oci::Digest gone = oci::digest_of(oci::Algorithm::sha256, as_bytes("gone"));
        const meta::Disposal keep{.keep_ticks = meta::kTicksPerDay, .by = "x"};
        BERTH_TRY_VOID(meta::remove_manifest(session, app, gone, then, keep));
        const auto kept =
            meta::find_manifest(session, *oci::Repository::parse("app"), *oci::Tag::parse("kept"));
        kept_ = (**kept).id;
        meta::RetentionRuleRow rule;
        rule.name = "r";
        rule.tags = "old";
        rule.older_than = 1;
        return meta::create_retention_rule(session, rule, then);
    }

    void work_until_done() {
        const RetentionWork work{.pulls = pulls_,
                                 .deleted = deleted_,
                                 .retention = retention_,
                                 .interval = std::chrono::seconds(0)};
        io::spawn(loop_, keep_retention(loop_, work, log_));
        io::spawn(loop_, drain_when_done());
        loop_.run();
    }

    /// Ends the loop when all is done and the coroutine has left, at the latest after a while.
    io::Task<void> drain_when_done() {
        const auto limit = steady_clock::now() + std::chrono::seconds(10);
        while (!is_done() && steady_clock::now() < limit) {
            co_await io::yield();
        }
        EXPECT_TRUE(is_done());
        pulls_.note(kept_, now());  // written on the way out
        loop_.drain_all();
        while (loop_.watched() > 0 && steady_clock::now() < limit) {
            co_await io::yield();
        }
        EXPECT_EQ(loop_.watched(), 0U);
        loop_.stop();
    }

    bool is_done() const {
        return retention_.statistics().runs > 0 && deleted_.statistics().manifests_purged == 1;
    }

    io::Loop loop_;
    io::TemporaryDirectory directory_;
    std::unique_ptr<db::SqliteDatabase> database_ =
        db::SqliteDatabase::open(directory_.path() / "catalog.db", meta::migrations()).value();
    std::unique_ptr<telemetry::AuditLog> audit_ =
        telemetry::AuditLog::open((directory_.path() / "audit.log").string(), 0, nullptr).value();
    telemetry::Logger log_{telemetry::LogFormat::text, telemetry::Level::error};
    registry::PullTimes pulls_{*database_};
    registry::DeletedService deleted_{*database_, 0, false};
    registry::RetentionService retention_{*database_, {}, [this](const auto& finding) {
                                              audit_retention(audit_.get(), finding);
                                              if (on_removal_) {
                                                  on_removal_();
                                              }
                                          }};
    std::function<void()> on_removal_;
    std::int64_t kept_ = 0;
};

TEST_F(UpkeepRetention, PurgesAppliesAndWritesPulls) {
    work_until_done();
    const auto read = database_->read_now([this](db::Session& session) {
        const auto app = *oci::Repository::parse("app");
        EXPECT_FALSE(meta::find_manifest(session, app, *oci::Tag::parse("old"))->has_value());
        EXPECT_TRUE(meta::find_manifest(session, app, *oci::Tag::parse("kept"))->has_value());
        EXPECT_TRUE(meta::last_manifest_pull(session, kept_)->has_value());
    });
    EXPECT_TRUE(read);
    audit_.reset();
    std::ifstream file(directory_.path() / "audit.log");
    const std::string lines{std::istreambuf_iterator<char>(file), {}};
    EXPECT_THAT(lines, HasSubstr(R"("principal":"retention:r","kind":"retention")"));
    EXPECT_THAT(lines, HasSubstr(R"("operation":"retention_delete","repository":"app")"));
}

TEST_F(UpkeepRetention, APullDuringARunHolds) {
    on_removal_ = [this] { pulls_.note(kept_, now()); };
    const db::TransactionalWork add_rule = [](db::Session& session) {
        meta::RetentionRuleRow rule;
        rule.name = "then";
        rule.tags = "kept";
        rule.not_pulled_for = std::int64_t{24} * 60 * 60;
        return meta::create_retention_rule(session, rule, now()).has_value();
    };
    ASSERT_TRUE(database_->write_now(add_rule));
    work_until_done();
    const auto read = database_->read_now([](db::Session& session) {
        const auto app = *oci::Repository::parse("app");
        EXPECT_FALSE(meta::find_manifest(session, app, *oci::Tag::parse("old"))->has_value());
        EXPECT_TRUE(meta::find_manifest(session, app, *oci::Tag::parse("kept"))->has_value());
    });
    EXPECT_TRUE(read);
}

TEST(AuditRetention, WithoutALogNothingHappens) {
    audit_retention(nullptr,
                    registry::RetentionFinding(oci::digest_of(oci::Algorithm::sha256, {})));
}

}  // namespace
}  // namespace berth::app
