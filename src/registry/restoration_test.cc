// SPDX-License-Identifier: Apache-2.0
//
// Restoring from the bin, through the services.
#include "registry/restoration.h"

#include "registry/testing/deleted_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace berth::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

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
    EXPECT_THAT(restored_.manifests, ElementsAre(sha256(index).text(), sha256(image_).text()));
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
        auto page = io::run_task(registry_->listings.referrers(repository("app"), sha256(image_),
                                                               "", PageRequest(10, "")));
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

}  // namespace
}  // namespace berth::registry
