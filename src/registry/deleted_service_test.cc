// SPDX-License-Identifier: Apache-2.0
//
// Deleting into the bin, what is in it, and purging.
#include "registry/deleted_service.h"

#include "registry/testing/deleted_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace berth::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(DeletedTest, ADeletedManifestIsNowhereButInTheBin) {
    ASSERT_EQ(put(image_, {"v1"}), "ok");
    ASSERT_EQ(erase(sha256(image_).text()), "ok");
    EXPECT_EQ(get("v1"), "manifest_unknown");
    EXPECT_EQ(get(sha256(image_).text()), "manifest_unknown");
    EXPECT_THAT(bin(), ElementsAre(sha256(image_).text()));
    EXPECT_THAT(bin_tags(), ElementsAre("v1"));
    const auto names = io::run_task(deleted_.repositories(PageRequest(5, ""), oci::every_name()));
    EXPECT_THAT(names->items, ElementsAre("app"));
}

TEST_F(DeletedTest, ANameThatNobodyKnows) {
    const auto page = io::run_task(deleted_.manifests(repository("stranger"), PageRequest(5, "")));
    EXPECT_EQ(outcome(page), "name_unknown");
    ASSERT_EQ(put(image_), "ok");
    EXPECT_EQ(outcome(io::run_task(deleted_.tags(repository("app"), PageRequest(5, "")))), "ok");
}

TEST_F(DeletedTest, PurgedWhenItsTimeIsOver) {
    ASSERT_EQ(put(image_, {"v1"}), "ok");
    ASSERT_EQ(erase(sha256(image_).text()), "ok");
    EXPECT_EQ(io::run_task(deleted_.purge()), false);
    EXPECT_THAT(bin(), SizeIs(1));
    ASSERT_TRUE(io::run_task(deleted_.count()));
    EXPECT_EQ(deleted_.statistics().manifests, 1U);
    auto age = [](db::Session& session) -> Result<void> {
        static constexpr db::Sql kManifests("UPDATE deleted_manifests SET purge_at = 1");
        static constexpr db::Sql kTags("UPDATE deleted_tags SET purge_at = 1");
        EXPECT_TRUE(session.execute(kManifests, {}) && session.execute(kTags, {}));
        return {};
    };
    ASSERT_TRUE(io::run_task(registry_->database.write(age)));
    EXPECT_EQ(io::run_task(deleted_.purge()), false);
    EXPECT_THAT(bin(), IsEmpty());
    EXPECT_THAT(bin_tags(), IsEmpty());
    EXPECT_EQ(deleted_.statistics().manifests_purged, 1U);
    EXPECT_EQ(deleted_.statistics().tags_purged, 1U);
    EXPECT_EQ(restore(sha256(image_)), "manifest_unknown");
}

}  // namespace
}  // namespace berth::registry
