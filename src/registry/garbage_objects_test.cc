// SPDX-License-Identifier: Apache-2.0
#include "meta/garbage.h"
#include "registry/testing/garbage_fixture.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>

namespace berth::registry {
namespace {

using io::run_task;

using GarbageObjects = GarbageTest;

TEST_F(GarbageObjects, ObjectsWithoutARowGo) {
    ASSERT_TRUE(push("app", "layer"));
    const auto object = only_object();
    const std::string other = object.filename().string().substr(0, 65) + std::string(32, 'a');
    std::ofstream(object.parent_path() / other) << "orphan";
    std::ofstream(object.parent_path() / "notes") << "mine";
    GarbagePolicy policy = at_once();
    policy.grace = std::chrono::hours(1);
    const GarbageStatistics done = collect(policy);
    EXPECT_EQ(done.last_cycle.orphans.count, 1U);
    EXPECT_EQ(done.last_cycle.orphans.bytes, 6U);
    EXPECT_EQ(done.strangers, 1U);
    EXPECT_FALSE(exists(object.parent_path() / other));
    EXPECT_TRUE(exists(object.parent_path() / "notes"));
    EXPECT_EQ(pull("app", sha256("layer")), "layer");
}

TEST_F(GarbageObjects, BytesStayWhileSomebodyCopiesThem) {
    ASSERT_TRUE(push("app", "layer"));
    const auto object = only_object();
    std::ofstream(object.parent_path() /
                  (object.filename().string().substr(0, 65) + std::string(32, 'a')))
        << "orphan";
    const Timestamp later{now().ticks + 3600 * kTicksPerSecond};
    auto keep = [later](db::Session& session) {
        return meta::keep_bytes_until(session, "x", later, now());
    };
    ASSERT_TRUE(run_task(registry_->database.write(keep)));
    const GarbageStatistics done = collect();
    EXPECT_EQ(done.last_cycle.condemned.count, 1U);
    EXPECT_EQ(files_below("blobs"), 2U);
    ASSERT_TRUE(push("app", "layer"));
    EXPECT_EQ(files_below("blobs"), 3U);
    auto end = [](db::Session& session) {
        return meta::keep_bytes_until(session, "x", Timestamp{0}, now());
    };
    ASSERT_TRUE(run_task(registry_->database.write(end)));
    ASSERT_TRUE(push("app", kConfig));
    ASSERT_TRUE(put("app", image(kConfig, "layer")));
    EXPECT_EQ(collect().last_cycle.orphans.count, 2U);
    EXPECT_EQ(pull("app", sha256("layer")), "layer");
}

TEST_F(GarbageObjects, AFailedRemovalIsTriedAgain) {
    ASSERT_TRUE(push("app", "layer"));
    ASSERT_TRUE(push("app", kConfig));
    ASSERT_TRUE(put("app", image(kConfig, "layer")));
    leave_orphan();
    registry_->files.fail_at(io::FileCall::remove, 1, EIO);
    const GarbageTotals first = collect().last_cycle;
    EXPECT_EQ(first.removal_failures, 1U);
    EXPECT_EQ(first.orphans.count, 0U);
    EXPECT_EQ(collect().last_cycle.orphans.count, 1U);
    EXPECT_EQ(files_below("blobs"), 2U);
}

}  // namespace
}  // namespace berth::registry
