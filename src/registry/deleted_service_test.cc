// SPDX-License-Identifier: Apache-2.0
//
// Deleting into the bin and restoring from it, through the services.
#include "registry/deleted_service.h"

#include "registry/testing/metadata_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace berth::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Names = std::vector<std::string>;

constexpr std::int64_t kKept = meta::kTicksPerDay;

class DeletedTest : public MetadataTest {
  protected:
    static ManifestPolicy policy() {
        ManifestPolicy policy;
        policy.keep_ticks = kKept;
        return policy;
    }

    std::string erase(const std::string& what) {
        return outcome(
            io::run_task(manifests_.remove(repository("app"), reference(what), "alice")));
    }

    std::string erase_tag(const std::string& name) {
        return outcome(io::run_task(metadata_.remove_tag(repository("app"), tag(name), "alice")));
    }

    std::string erase_repository() {
        return outcome(io::run_task(metadata_.remove_repository(repository("app"), "alice")));
    }

    std::string restore(const oci::Digest& digest, const std::string& name = {},
                        bool force = false) {
        RestoreRequest request(repository("app"), digest);
        if (!name.empty()) {
            request.tag = tag(name);
        }
        request.force = force;
        return restore(std::move(request));
    }

    std::string restore(RestoreRequest request) {
        auto done = io::run_task(deleted_.restore(std::move(request), "bob"));
        restored_ = done ? *done : Restored();
        return outcome(done);
    }

    Names bin() {
        Names found;
        const auto page =
            io::run_task(deleted_.manifests(repository("app"), PageRequest(100, "")));
        if (page) {
            for (const DeletedManifestRow& row : page->items) {
                found.push_back(row.digest.text());
            }
        }
        return found;
    }

    Names bin_tags() {
        Names found;
        const auto page = io::run_task(deleted_.tags(repository("app"), PageRequest(100, "")));
        if (page) {
            for (const DeletedTagRow& row : page->items) {
                found.push_back(row.name);
            }
        }
        return found;
    }

    const std::string image_ = image(kConfig, "layer");
    const std::string other_ = image(kConfig, "other layer");
    ManifestService manifests_{registry_->database, *registry_->store, policy()};
    MetadataService metadata_{registry_->database, kKept};
    DeletedService deleted_{registry_->database, kKept, false};
    Restored restored_;
};

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

TEST_F(DeletedTest, ItComesBackWithTheTagThatIsAskedFor) {
    ASSERT_EQ(put(image_, {"v1", "v2"}), "ok");
    ASSERT_EQ(erase(sha256(image_).text()), "ok");
    EXPECT_EQ(restore(sha256(image_), "v2"), "ok");
    EXPECT_EQ(get("v2"), "ok");
    EXPECT_EQ(get("v1"), "manifest_unknown");
    EXPECT_THAT(bin(), IsEmpty());
    EXPECT_THAT(bin_tags(), ElementsAre("v1"));
    // The other tag alone is in the bin now.
    EXPECT_EQ(restore(sha256(image_), "v1"), "ok");
    EXPECT_EQ(get("v1"), "ok");
    EXPECT_THAT(bin_tags(), IsEmpty());
    EXPECT_EQ(repository_row().tag_count, 2);
    EXPECT_EQ(restore(sha256(image_), "v1"), "manifest_unknown");
    EXPECT_EQ(restore(sha256(other_), "v1"), "manifest_unknown");
}

TEST_F(DeletedTest, AllTagsThatWentWithIt) {
    ASSERT_EQ(put(image_, {"old", "v1", "v2"}), "ok");
    ASSERT_EQ(erase_tag("old"), "ok");
    ASSERT_EQ(erase(sha256(image_).text()), "ok");
    ASSERT_EQ(put(other_, {"v2"}), "ok");
    RestoreRequest request(repository("app"), sha256(image_));
    request.all_tags = true;
    EXPECT_EQ(restore(request), "ok");
    EXPECT_THAT(restored_.tags, ElementsAre("v1"));
    EXPECT_EQ(tag_row("v2").digest, sha256(other_));
    EXPECT_THAT(bin_tags(), ElementsAre("old", "v2"));
}

TEST_F(DeletedTest, ATagThatIsTakenIsOnlyMovedByForce) {
    ASSERT_EQ(put(image_, {"v1"}), "ok");
    ASSERT_EQ(erase(sha256(image_).text()), "ok");
    ASSERT_EQ(put(other_, {"v1"}), "ok");
    EXPECT_EQ(restore(sha256(image_), "v1"), "conflict");
    EXPECT_EQ(get(sha256(image_).text()), "manifest_unknown") << "the error takes all back";
    EXPECT_THAT(bin(), SizeIs(1));
    EXPECT_EQ(restore(sha256(image_), "v1", true), "ok");
    EXPECT_EQ(tag_row("v1").digest, sha256(image_));
    EXPECT_EQ(get(sha256(other_).text()), "ok");
    // What force took away can come back.
    EXPECT_THAT(bin_tags(), ElementsAre("v1"));
    EXPECT_EQ(restore(sha256(other_), "v1", true), "ok");
    EXPECT_EQ(tag_row("v1").digest, sha256(other_));
}

TEST_F(DeletedTest, LocksHold) {
    ASSERT_EQ(put(image_, {"v1"}), "ok");
    ASSERT_EQ(erase(sha256(image_).text()), "ok");
    ASSERT_EQ(put(other_, {"v1"}), "ok");
    change_tag("v1", deletion(false));
    EXPECT_EQ(restore(sha256(image_), "v1", true), "disallowed");
    change_tag("v1", write(false));
    EXPECT_EQ(restore(sha256(image_), "v1", true), "disallowed");
    change_repository(write(false));
    EXPECT_EQ(restore(sha256(image_)), "disallowed");
    change_repository(write(true));
    EXPECT_EQ(restore(sha256(image_)), "ok");
}

TEST_F(DeletedTest, AnIndexComesBackWithItsChildren) {
    const std::string index = index_of(image_);
    ASSERT_EQ(put(image_), "ok");
    ASSERT_EQ(put(index, {"multi"}), "ok");
    ASSERT_EQ(erase(sha256(index).text()), "ok");
    ASSERT_EQ(erase(sha256(image_).text()), "ok");
    EXPECT_EQ(restore(sha256(index), "multi"), "ok");
    EXPECT_THAT(restored_.manifests,
                ElementsAre(sha256(index).text(), sha256(image_).text()));
    EXPECT_EQ(get("multi"), "ok");
    EXPECT_EQ(get(sha256(image_).text()), "ok");
    EXPECT_EQ(pull("app", sha256("layer")), "layer");
}

TEST_F(DeletedTest, ASubjectComesBackWithWhatWasDeletedWithIt) {
    const std::string signature = image(kConfig, "other layer", image_);
    ASSERT_EQ(put(image_, {"v1"}), "ok");
    ASSERT_EQ(put(signature), "ok");
    ASSERT_EQ(erase(sha256(image_).text()), "ok");
    EXPECT_THAT(bin(), SizeIs(2));
    const auto referrers = [this] {
        auto page = io::run_task(registry_->listings.referrers(
            repository("app"), sha256(image_), "", PageRequest(10, "")));
        return page ? page->items.size() : 99;
    };
    EXPECT_EQ(referrers(), 0U);
    EXPECT_EQ(restore(sha256(image_), "v1"), "ok");
    EXPECT_EQ(referrers(), 1U);
    // A signature that was deleted by itself stays deleted.
    ASSERT_EQ(erase(sha256(signature).text()), "ok");
    ASSERT_EQ(erase(sha256(image_).text()), "ok");
    EXPECT_EQ(restore(sha256(image_), "v1"), "ok");
    EXPECT_EQ(referrers(), 0U);
}

TEST_F(DeletedTest, AWholeRepository) {
    ASSERT_EQ(put(image_, {"v1"}), "ok");
    ASSERT_EQ(put(other_, {"v2"}), "ok");
    ASSERT_EQ(erase_repository(), "ok");
    EXPECT_EQ(get("v1"), "manifest_unknown");
    EXPECT_EQ(pull("app", sha256("layer")), "[blob_unknown]");
    EXPECT_THAT(bin(), UnorderedElementsAre(sha256(image_).text(), sha256(other_).text()));
    EXPECT_EQ(restore(sha256(image_), "v1"), "ok");
    EXPECT_EQ(get("v1"), "ok");
    EXPECT_EQ(pull("app", sha256("layer")), "layer");
    EXPECT_EQ(pull("app", sha256("other layer")), "[blob_unknown]");
    EXPECT_EQ(repository_row().manifest_count, 1);
}

TEST_F(DeletedTest, PushingItAgainIsNoConflict) {
    ASSERT_EQ(put(image_, {"v1"}), "ok");
    ASSERT_EQ(erase(sha256(image_).text()), "ok");
    ASSERT_EQ(put(image_, {"new"}), "ok");
    EXPECT_THAT(bin(), IsEmpty());
    EXPECT_EQ(restore(sha256(image_)), "manifest_unknown");
    EXPECT_EQ(restore(sha256(image_), "v1"), "ok");
    EXPECT_EQ(tag_row("v1").digest, sha256(image_));
}

TEST_F(DeletedTest, ABlobThatIsGoneStopsIt) {
    ASSERT_EQ(put(image_, {"v1"}), "ok");
    ASSERT_EQ(erase(sha256(image_).text()), "ok");
    auto condemn = [](db::Session& session) -> Result<void> {
        static constexpr db::Sql kCondemn("UPDATE blobs SET state = 2");
        auto done = session.execute(kCondemn, {});
        return done ? Result<void>() : fail(done.error().code);
    };
    ASSERT_TRUE(io::run_task(registry_->database.write(condemn)));
    EXPECT_EQ(restore(sha256(image_), "v1"), "manifest_blob_unknown");
    EXPECT_EQ(get("v1"), "manifest_unknown");
    EXPECT_THAT(bin(), SizeIs(1));
}

TEST_F(DeletedTest, ANameThatNobodyKnows) {
    const auto page =
        io::run_task(deleted_.manifests(repository("stranger"), PageRequest(5, "")));
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
