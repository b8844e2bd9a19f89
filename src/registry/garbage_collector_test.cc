// SPDX-License-Identifier: Apache-2.0
#include "registry/garbage_collector.h"

#include "meta/blobs.h"
#include "meta/upkeep.h"
#include "registry/garbage_record.h"
#include "registry/testing/garbage_fixture.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace berth::registry {
namespace {

using io::FileCall;
using io::run_task;

using GarbageCollectorTest = GarbageTest;

constexpr db::Sql kDamageAll("UPDATE blobs SET state = 3");

TEST_F(GarbageCollectorTest, WhatNoManifestNeedsGoes) {
    ASSERT_TRUE(push("app", "idle"));
    ASSERT_TRUE(push("app", kConfig));
    ASSERT_TRUE(push("app", "layer"));
    ASSERT_TRUE(put("app", image(kConfig, "layer")));
    const GarbageStatistics first = collect();
    EXPECT_EQ(first.last_cycle.links_dropped, 1U);
    EXPECT_EQ(first.last_cycle.removed.count, 1U);
    EXPECT_EQ(first.last_cycle.removed.bytes, 4U);
    EXPECT_EQ(first.cycles, 1U);
    EXPECT_EQ(first.failures, 0U);
    EXPECT_EQ(files_below("blobs"), 2U);
    EXPECT_EQ(pull("app", sha256("idle")), "[blob_unknown]");
    EXPECT_EQ(pull("app", sha256("layer")), "layer");

    remove_manifest("app", image(kConfig, "layer"));
    EXPECT_EQ(collect().last_cycle.removed.count, 2U);
    EXPECT_EQ(files_below("blobs"), 0U);
    EXPECT_EQ(blob_rows(), 0);
}

TEST_F(GarbageCollectorTest, ABlobGoesWithItsLastRepository) {
    ASSERT_TRUE(push("one", "layer"));
    ASSERT_TRUE(push("two", "layer"));
    ASSERT_TRUE(push("two", kConfig));
    ASSERT_TRUE(put("two", image(kConfig, "layer")));
    EXPECT_EQ(collect().last_cycle.links_dropped, 1U);
    EXPECT_EQ(pull("one", sha256("layer")), "[blob_unknown]");
    EXPECT_EQ(pull("two", sha256("layer")), "layer");
}

TEST_F(GarbageCollectorTest, GraceSparesWhatIsYoung) {
    ASSERT_TRUE(push("app", "layer"));
    GarbagePolicy policy = at_once();
    policy.grace = std::chrono::hours(1);
    EXPECT_EQ(collect(policy).last_cycle.links_dropped, 0U);
    EXPECT_EQ(pull("app", sha256("layer")), "layer");
}

TEST_F(GarbageCollectorTest, ReadGraceKeepsTheBytes) {
    ASSERT_TRUE(push("app", "layer"));
    GarbagePolicy policy = at_once();
    policy.read_grace = std::chrono::hours(1);
    const GarbageStatistics done = collect(policy);
    EXPECT_EQ(done.last_cycle.condemned.bytes, 5U);
    EXPECT_EQ(done.last_cycle.removed.count, 0U);
    EXPECT_EQ(files_below("blobs"), 1U);
    EXPECT_EQ(pull("app", sha256("layer")), "[blob_unknown]");
    ASSERT_TRUE(push("app", "layer"));
    EXPECT_EQ(files_below("blobs"), 1U);
    EXPECT_EQ(pull("app", sha256("layer")), "layer");
}

TEST_F(GarbageCollectorTest, ABlobThatWasUnlinkedGoes) {
    ASSERT_TRUE(push("app", "layer"));
    remove_blob("app", "layer");
    const GarbageStatistics done = collect();
    EXPECT_EQ(done.last_cycle.links_dropped, 0U);
    EXPECT_EQ(done.last_cycle.removed.count, 1U);
    EXPECT_EQ(files_below("blobs"), 0U);
}

TEST_F(GarbageCollectorTest, SmallBlobsGoToo) {
    restart(Limits());
    ASSERT_TRUE(push("app", "small"));
    EXPECT_EQ(collect().last_cycle.removed.bytes, 5U);
    EXPECT_EQ(blob_rows(), 0);
}

TEST_F(GarbageCollectorTest, ADryRunTellsAndChangesNothing) {
    ASSERT_TRUE(push("app", "idle"));
    ASSERT_TRUE(push("app", "unlinked"));
    remove_blob("app", "unlinked");
    GarbagePolicy policy = at_once();
    policy.dry_run = true;
    const GarbageStatistics forecast = collect(policy);
    EXPECT_EQ(forecast.last_cycle.links_dropped, 1U);
    EXPECT_EQ(forecast.last_cycle.removed.count, 2U);
    EXPECT_EQ(forecast.last_cycle.removed.bytes, 12U);
    EXPECT_EQ(told(GarbageKind::link), 1U);
    EXPECT_EQ(told(GarbageKind::blob), 2U);
    EXPECT_EQ(items_.front().repository, "app");
    EXPECT_EQ(pull("app", sha256("idle")), "idle");
    EXPECT_EQ(files_below("blobs"), 2U);
    EXPECT_EQ(collect().last_cycle.removed.bytes, 12U);
}

TEST_F(GarbageCollectorTest, AFailedRemovalIsTriedAgain) {
    ASSERT_TRUE(push("app", "layer"));
    registry_->files.fail_at(FileCall::remove, 1, EIO);
    const GarbageStatistics failed = collect();
    EXPECT_EQ(failed.last_cycle.removal_failures, 1U);
    EXPECT_EQ(failed.last_cycle.removed.count, 0U);
    EXPECT_EQ(files_below("blobs"), 1U);
    EXPECT_EQ(blob_rows(), 1);
    restart();
    EXPECT_EQ(collect().last_cycle.removed.count, 1U);
    EXPECT_EQ(files_below("blobs"), 0U);
    EXPECT_EQ(blob_rows(), 0);
}

TEST_F(GarbageCollectorTest, AFailedStepDoesNotStopTheOthers) {
    ASSERT_TRUE(push("app", "layer"));
    remove_blob("app", "layer");
    ASSERT_TRUE(push("app", "idle"));
    registry_->database.fail_write(1, Errc::disk_full);  // of the links
    const GarbageStatistics done = collect();
    EXPECT_EQ(done.failures, 1U);
    EXPECT_EQ(done.last_cycle.links_dropped, 0U);
    EXPECT_EQ(done.last_cycle.removed.count, 1U);
    EXPECT_FALSE(done.running);
}

TEST_F(GarbageCollectorTest, DamageGoesWhenNobodyNeedsIt) {
    ASSERT_TRUE(push("app", kConfig));
    ASSERT_TRUE(push("app", "layer"));
    ASSERT_TRUE(push("app", "idle"));
    ASSERT_TRUE(put("app", image(kConfig, "layer")));
    auto damage = [](db::Session& session) { return session.execute(kDamageAll, {}); };
    ASSERT_TRUE(run_task(registry_->database.write(damage)));
    EXPECT_EQ(collect().last_cycle.removed.count, 1U);
    EXPECT_EQ(blob_rows(), 2);
    EXPECT_EQ(pull("app", sha256("layer")), "[blob_unknown]");
    ASSERT_TRUE(push("app", "layer"));
    EXPECT_EQ(pull("app", sha256("layer")), "layer");
}

TEST_F(GarbageCollectorTest, TheCatalogRemembersTheLastCycle) {
    ASSERT_TRUE(push("app", "layer"));
    collect();
    auto find = [](db::Session& session) { return meta::find_upkeep(session, kGarbageRecordName); };
    const auto row = run_task(registry_->database.read(find)).value();
    ASSERT_TRUE(row);
    EXPECT_NE(row->value.find(R"("bytes_removed":5)"), std::string::npos) << row->value;
}

TEST_F(GarbageCollectorTest, ManySteps) {
    restart(Limits());
    for (int i = 0; i < 300; ++i) {
        ASSERT_TRUE(push("app", "blob " + std::to_string(i)));
    }
    ASSERT_TRUE(push("app", kConfig));
    ASSERT_TRUE(push("app", "layer"));
    ASSERT_TRUE(put("app", image(kConfig, "layer")));
    EXPECT_EQ(collect().last_cycle.removed.count, 300U);
    EXPECT_EQ(blob_rows(), 2);
}

}  // namespace
}  // namespace berth::registry
