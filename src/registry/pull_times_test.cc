// SPDX-License-Identifier: Apache-2.0
#include "registry/pull_times.h"

#include "meta/manifest_pulls.h"
#include "registry/testing/metadata_fixture.h"

#include <gtest/gtest.h>

#include <optional>

namespace berth::registry {
namespace {

class PullTimesTest : public MetadataTest {
  protected:
    PullTimesTest() {
        EXPECT_EQ(put(image(kConfig, "layer"), {"v1"}), "ok");
        manifest_ = pulled_manifest();
    }

    ManifestPointer pulled_manifest() {
        return io::run_task(registry_->manifests.get(repository("app"), reference("v1"))).value();
    }

    std::optional<std::int64_t> last() {
        const std::int64_t id = manifest_->id;
        auto work = [id](db::Session& session) { return meta::last_manifest_pull(session, id); };
        const auto found = io::run_task(registry_->database.read(work)).value();
        return found ? std::optional(found->ticks) : std::nullopt;
    }

    PullTimes pulls_{registry_->database};
    ManifestPointer manifest_;
};

TEST_F(PullTimesTest, AreWrittenOnceInAWhile) {
    const std::int64_t id = manifest_->id;
    EXPECT_EQ(io::run_task(pulls_.flush()), false);
    EXPECT_FALSE(last().has_value());
    pulls_.note(id, Timestamp{kPullsApart});
    pulls_.note(id, Timestamp{kPullsApart + 5});
    EXPECT_EQ(io::run_task(pulls_.flush()), false);
    EXPECT_EQ(last(), kPullsApart);
    pulls_.note(id, Timestamp{2 * kPullsApart - 1});
    EXPECT_EQ(io::run_task(pulls_.flush()), false);
    EXPECT_EQ(last(), kPullsApart);
    pulls_.note(id, Timestamp{2 * kPullsApart});
    EXPECT_EQ(io::run_task(pulls_.flush()), false);
    EXPECT_EQ(last(), 2 * kPullsApart);
    // Another process start knows nothing and writes nothing too near either.
    PullTimes fresh(registry_->database);
    fresh.note(id, Timestamp{2 * kPullsApart + 7});
    EXPECT_EQ(io::run_task(fresh.flush()), false);
    EXPECT_EQ(last(), 2 * kPullsApart);
}

TEST_F(PullTimesTest, ThatCouldNotBeWrittenWaitForTheNextTime) {
    pulls_.note(manifest_->id, Timestamp{kPullsApart});
    registry_->database.fail_write(1, Errc::disk_full);
    EXPECT_FALSE(io::run_task(pulls_.flush()));
    EXPECT_FALSE(last().has_value());
    EXPECT_EQ(io::run_task(pulls_.flush()), false);
    EXPECT_EQ(last(), kPullsApart);
}

TEST_F(PullTimesTest, OfAManifestThatIsGoneAreForgotten) {
    pulls_.note(manifest_->id, Timestamp{kPullsApart});
    ASSERT_EQ(remove(manifest_->digest.text()), "ok");
    EXPECT_EQ(io::run_task(pulls_.flush()), false);
    EXPECT_FALSE(last().has_value());
}

TEST_F(PullTimesTest, GoInSteps) {
    for (std::int64_t i = 0; i < 201; ++i) {
        pulls_.note(1000 + i, Timestamp{kPullsApart});
    }
    EXPECT_EQ(io::run_task(pulls_.flush()), true);
    EXPECT_EQ(io::run_task(pulls_.flush()), false);
}

TEST_F(PullTimesTest, TheServiceTellsOfAPullOnce) {
    const Timestamp at = now();
    registry_->manifests.note_pull(*manifest_, at);
    registry_->manifests.note_pull(*manifest_, at);
    registry_->manifests.note_pull(*pulled_manifest(), Timestamp{at.ticks + 1});
    EXPECT_EQ(io::run_task(registry_->manifests.pull_times().flush()), false);
    EXPECT_EQ(last(), at.ticks);
}

TEST(PullMark, IsDueOnceInAWhile) {
    const PullMark mark;
    EXPECT_TRUE(mark.is_due(Timestamp{kPullsApart}));
    EXPECT_FALSE(mark.is_due(Timestamp{2 * kPullsApart - 1}));
    const PullMark copy(mark);
    EXPECT_FALSE(copy.is_due(Timestamp{2 * kPullsApart - 1}));
    EXPECT_TRUE(mark.is_due(Timestamp{2 * kPullsApart}));
}

}  // namespace
}  // namespace berth::registry
