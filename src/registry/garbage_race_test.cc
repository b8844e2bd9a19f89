// SPDX-License-Identifier: Apache-2.0
//
// Garbage collection and requests, one between two steps of the other.
#include "meta/blobs.h"
#include "meta/garbage.h"
#include "meta/uploads.h"
#include "registry/testing/garbage_fixture.h"

#include <gtest/gtest.h>

namespace berth::registry {
namespace {

using io::run_task;

constexpr db::Sql kAge("UPDATE blob_links SET touched_at = 1");
constexpr db::Sql kYoungest("SELECT max(touched_at) FROM blob_links");
constexpr db::Sql kDropLinks("DELETE FROM blob_links");
constexpr db::Sql kDropBlobs("DELETE FROM blobs");
constexpr db::Sql kDropUploads("DELETE FROM uploads");
constexpr db::Sql kMoveTo("UPDATE blobs SET location = $1");

class GarbageRace : public GarbageTest {
  protected:
    /// As another process: the test's own loop is in use.
    void elsewhere(const std::function<Result<void>(db::Session&)>& work) {
        const auto database =
            db::SqliteDatabase::open_migrated(directory_.path() / "catalog.db", meta::migrations());
        ASSERT_TRUE(database);
        ASSERT_TRUE((*database)->write_now(
            [&work](db::Session& session) { return work(session).has_value(); }));
    }

    /// The collector has been everywhere.
    void collect_elsewhere() {
        elsewhere([](db::Session& session) -> Result<void> {
            BERTH_TRY_VOID(session.execute(kDropLinks, {}));
            BERTH_TRY_VOID(session.execute(kDropBlobs, {}));
            return {};
        });
        std::filesystem::remove(only_object());
    }

    void age_links() {
        auto age = [](db::Session& session) { return session.execute(kAge, {}); };
        ASSERT_TRUE(run_task(registry_->database.write(age)));
    }
};

TEST_F(GarbageRace, AManifestThatComesBetweenLookingAndDroppingKeepsItsBlobs) {
    ASSERT_TRUE(push("app", kConfig));
    ASSERT_TRUE(push("app", "layer"));
    const std::string text = image(kConfig, "layer");
    registry_->database.overtake([&text](db::Session& session) -> Result<void> {
        BERTH_TRY(const oci::Manifest manifest, oci::parse_manifest("", as_bytes(text)));
        BERTH_TRY(const auto id, meta::ensure_repository(session, repository("app"), now()));
        return meta::put_manifest(session, id, sha256(text), manifest, as_bytes(text), now());
    });
    EXPECT_EQ(collect().last_cycle.links_dropped, 0U);
    EXPECT_EQ(pull("app", sha256("layer")), "layer");
    EXPECT_EQ(pull("app", sha256(kConfig)), kConfig);
}

TEST_F(GarbageRace, ALinkThatComesBetweenLookingAndCondemningKeepsTheBlob) {
    ASSERT_TRUE(push("app", "layer"));
    remove_blob("app", "layer");
    registry_->database.overtake([](db::Session& session) -> Result<void> {
        BERTH_TRY(const auto blob, meta::find_blob(session, sha256("layer")));
        BERTH_TRY(const auto id, meta::ensure_repository(session, repository("app"), now()));
        return meta::link_blob(session, id, blob->id, now());
    });
    EXPECT_EQ(collect().last_cycle.condemned.count, 0U);
    EXPECT_EQ(pull("app", sha256("layer")), "layer");
}

TEST_F(GarbageRace, AnAskedForLinkIsTouchedAndOnlyWhenDue) {
    ASSERT_TRUE(push("app", "layer"));
    age_links();
    BlobService service(registry_->database, *registry_->store, 1 << 20, std::chrono::hours(12));
    EXPECT_EQ(run_task(blobs().stat(repository("app"), sha256("layer"))).value(), 5U);
    EXPECT_EQ(rows(kYoungest), 1);
    EXPECT_EQ(run_task(service.stat(repository("app"), sha256("layer"))).value(), 5U);
    const std::int64_t touched = rows(kYoungest);
    EXPECT_GT(touched, 1);
    EXPECT_EQ(run_task(service.stat(repository("app"), sha256("layer"))).value(), 5U);
    EXPECT_EQ(rows(kYoungest), touched);
    // Also when the row is in memory, and when the touch cannot be written down.
    age_links();
    EXPECT_EQ(run_task(service.stat(repository("app"), sha256("layer"))).value(), 5U);
    EXPECT_GT(rows(kYoungest), 1);
    age_links();
    registry_->database.fail_write(1, Errc::disk_full);
    EXPECT_EQ(run_task(service.stat(repository("app"), sha256("layer"))).value(), 5U);
}

TEST_F(GarbageRace, ALinkThatGoesBeforeItIsTouchedIsUnknown) {
    ASSERT_TRUE(push("app", "layer"));
    age_links();
    BlobService service(registry_->database, *registry_->store, 1 << 20, std::chrono::hours(12));
    registry_->database.overtake([](db::Session& session) -> Result<void> {
        BERTH_TRY_VOID(session.execute(kDropLinks, {}));
        return {};
    });
    const auto found = run_task(service.stat(repository("app"), sha256("layer")));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Errc::blob_unknown);
}

TEST_F(GarbageRace, APullThatLosesTheRaceFindsNothing) {
    ASSERT_TRUE(push("app", "layer"));
    registry_->files.before_read([this] { collect_elsewhere(); });
    EXPECT_EQ(pull("app", sha256("layer")), "[blob_unknown]");
}

TEST_F(GarbageRace, APullFindsWhatWasPushedAgainMeanwhile) {
    ASSERT_TRUE(push("app", "layer"));
    const auto object = only_object();
    registry_->files.before_read([this, &object] {
        std::string moved = object.string();
        moved.replace(moved.size() - 32, 32, 32, 'b');
        std::filesystem::rename(object, moved);
        const std::string location =
            std::filesystem::relative(moved, directory_.path() / "blobs").string();
        elsewhere([&location](db::Session& session) -> Result<void> {
            BERTH_TRY_VOID(session.execute(kMoveTo, {location}));
            return {};
        });
    });
    EXPECT_EQ(pull("app", sha256("layer")), "layer");
}

TEST_F(GarbageRace, DamageIsStillTold) {
    ASSERT_TRUE(push("app", "layer"));
    std::filesystem::remove(only_object());
    EXPECT_EQ(pull("app", sha256("layer")), "[corrupt]");
}

TEST_F(GarbageRace, AManifestWhoseConfigGoesMeanwhileIsToldSo) {
    ASSERT_TRUE(push("app", kConfig));
    registry_->files.before_read([this] { collect_elsewhere(); });
    const auto outcome = put("app", image(kConfig, kConfig));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Errc::manifest_blob_unknown);
}

TEST_F(GarbageRace, AMountWhoseBlobGoesMeanwhileIsNone) {
    ASSERT_TRUE(push("app", "layer"));
    registry_->files.before_read([this] { collect_elsewhere(); });
    const MayPull anybody = allow_all;
    const auto mounted =
        run_task(uploads().mount(repository("new"), sha256("layer"), repository("app"), anybody));
    EXPECT_EQ(mounted, false);
}

TEST_F(GarbageRace, APushWhoseStoredCopyGoesMeanwhileBringsItsOwn) {
    ASSERT_TRUE(push("app", "layer"));
    registry_->files.before_read([this] { collect_elsewhere(); });
    ASSERT_TRUE(push("new", "layer"));
    EXPECT_EQ(pull("new", sha256("layer")), "layer");
    EXPECT_EQ(files_below("blobs"), 1U);
}

TEST_F(GarbageRace, APushWhoseStoredCopyIsCondemnedMeanwhileBringsItsOwn) {
    ASSERT_TRUE(push("app", "layer"));
    const auto before = only_object();

    auto hold = begin("new").value();
    ASSERT_TRUE(append(*hold, "layer"));
    registry_->database.overtake([](db::Session& session) -> Result<void> {
        BERTH_TRY(const auto blob, meta::find_blob(session, sha256("layer")));
        BERTH_TRY_VOID(session.execute(kDropLinks, {}));
        BERTH_TRY_VOID(meta::condemn_blob(session, blob->id, now()));
        return {};
    });
    ASSERT_TRUE(commit(*hold, sha256("layer")));
    EXPECT_EQ(pull("new", sha256("layer")), "layer");
    EXPECT_NE(only_object(), before);
}

TEST_F(GarbageRace, AnUploadThatIsOverCannotNameAnObject) {
    auto hold = begin().value();
    ASSERT_TRUE(append(*hold, "layer"));
    registry_->database.overtake([](db::Session& session) -> Result<void> {
        BERTH_TRY_VOID(session.execute(kDropUploads, {}));
        return {};
    });
    const auto committed = commit(*hold, sha256("layer"));
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().code, Errc::upload_unknown);
    hold.reset();
    EXPECT_EQ(collect().last_cycle.orphans.count, 1U);
    EXPECT_EQ(files_below("blobs"), 0U);
}

TEST_F(GarbageRace, AnObjectWhoseCommitIsUnderWayStays) {
    auto hold = begin().value();
    ASSERT_TRUE(append(*hold, "layer"));
    ASSERT_TRUE(sync(*hold));
    registry_->database.fail_write(1, Errc::disk_full);
    registry_->files.fail_at(io::FileCall::remove, 1, EIO);  // nor can the object be taken back
    ASSERT_FALSE(commit(*hold, sha256("layer")));
    const std::string id = hold->id();
    hold.reset();
    EXPECT_EQ(collect().last_cycle.orphans.count, 0U);
    EXPECT_EQ(files_below("blobs"), 1U);
    hold = acquire(id).value();
    ASSERT_TRUE(commit(*hold, sha256("layer")));
    EXPECT_EQ(pull("app", sha256("layer")), "layer");
}

}  // namespace
}  // namespace berth::registry
