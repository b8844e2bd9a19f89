// SPDX-License-Identifier: Apache-2.0
#include "meta/deleted.h"

#include "meta/blobs.h"
#include "meta/testing/catalog_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace berth::meta {
namespace {

using testing::descriptor;
using testing::digest;
using ::testing::ElementsAre;
using testing::image;
using ::testing::IsEmpty;
using testing::repository;
using testing::tag;
using Names = std::vector<std::string>;

constexpr Disposal kKeep{.keep_ticks = 100, .by = "alice"};

class Deleted : public testing::CatalogTest {
  protected:
    // Manifest 1 with the tags v1 and v2 and the layer 50, which is linked.
    RepositoryId make_image(db::Session& session, const std::string& name = "a") {
        const RepositoryId id = ensure(session, name);
        const auto blob = put_blob(session, digest(50), BlobPlace::in_store("x", 1), Timestamp{1});
        EXPECT_TRUE(blob && link_blob(session, id, blob->id, Timestamp{1}));
        oci::Manifest manifest = image();
        manifest.references.push_back(descriptor(oci::ReferenceRole::layer, digest(50), 1));
        manifest.annotations_json = R"({"a":"b"})";
        put(session, id, digest(1), manifest, 5);
        label(session, id, "v1", digest(1), 6);
        label(session, id, "v2", digest(1), 7);
        return id;
    }

    static Names manifests(db::Session& session, const std::string& name = "a") {
        Names found;
        const auto page = list_deleted_manifests(session, repository(name), PageRequest(100, ""));
        for (const DeletedManifestRow& row : page->items) {
            found.push_back(row.digest.text());
        }
        return found;
    }

    static Names tags(db::Session& session, const std::string& name = "a") {
        Names found;
        const auto page = list_deleted_tags(session, repository(name), PageRequest(100, ""));
        for (const DeletedTagRow& row : page->items) {
            found.push_back(row.name);
        }
        return found;
    }

    static DeletedManifestRow find(db::Session& session, const oci::Digest& which) {
        auto row = find_deleted_manifest(session, repository("a"), which);
        EXPECT_TRUE(row && *row);
        return **row;
    }

    static std::int64_t edges(db::Session& session) {
        static constexpr db::Sql kCount("SELECT count(*) FROM deleted_references");
        return number(session, kCount);
    }
};

TEST_F(Deleted, NothingIsKeptWithoutADisposal) {
    write([this](db::Session& session) {
        const RepositoryId id = make_image(session);
        EXPECT_EQ(remove_tag(session, id, tag("v1"), Timestamp{10}), true);
        EXPECT_EQ(remove_manifest(session, id, digest(1), Timestamp{10}), true);
        EXPECT_THAT(manifests(session), IsEmpty());
        EXPECT_THAT(tags(session), IsEmpty());
        EXPECT_EQ(has_deleted_items(session, repository("a")), false);
    });
}

TEST_F(Deleted, AManifestComesBackAsItWas) {
    write([this](db::Session& session) {
        const RepositoryId id = make_image(session);
        const auto before = find_manifest(session, repository("a"), digest(1));
        EXPECT_EQ(remove_manifest(session, id, digest(1), Timestamp{10}, kKeep), true);
        EXPECT_EQ(miscounted(session), 0);
        EXPECT_THAT(manifests(session), ElementsAre(digest(1).text()));
        EXPECT_THAT(tags(session), ElementsAre("v1", "v2"));
        EXPECT_EQ(edges(session), 1);
        const DeletedManifestRow row = find(session, digest(1));
        EXPECT_EQ(row.deleted.ticks, 10);
        EXPECT_EQ(row.purge.ticks, 110);
        EXPECT_EQ(row.deleted_by, "alice");

        ASSERT_TRUE(restore_manifest(session, id, row, Timestamp{20}));
        EXPECT_EQ(miscounted(session), 0);
        EXPECT_THAT(manifests(session), IsEmpty());
        EXPECT_EQ(edges(session), 0);
        const auto after = find_manifest(session, repository("a"), digest(1));
        ASSERT_TRUE(after && *after);
        EXPECT_EQ((*after)->bytes, (*before)->bytes);
        EXPECT_EQ((*after)->media_type, (*before)->media_type);
        static constexpr db::Sql kKept(
            "SELECT count(*) FROM manifests JOIN manifest_references"
            " ON manifest_references.manifest_id = manifests.id WHERE created_at = 5"
            " AND updated_at = 20 AND annotations = '{\"a\":\"b\"}'"
            " AND manifest_references.digest = $1 AND manifest_references.repository_id = $2");
        EXPECT_EQ(number(session, kKept, {digest(50).stored(), id}), 1);
    });
}

TEST_F(Deleted, RestoringLinksTheBlobsAgain) {
    write([this](db::Session& session) {
        const RepositoryId id = make_image(session);
        const auto blob = find_blob(session, digest(50));
        ASSERT_TRUE(remove_manifest(session, id, digest(1), Timestamp{10}, kKeep));
        EXPECT_EQ(unlink_blob(session, id, (*blob)->id), true);
        ASSERT_TRUE(restore_manifest(session, id, find(session, digest(1)), Timestamp{20}));
        const auto linked = find_linked_blob(session, repository("a"), digest(50));
        EXPECT_TRUE(linked && *linked);
    });
}

TEST_F(Deleted, PushingItAgainTakesItOutOfTheBinButNotItsTags) {
    write([this](db::Session& session) {
        const RepositoryId id = make_image(session);
        ASSERT_TRUE(remove_manifest(session, id, digest(1), Timestamp{10}, kKeep));
        put(session, id, digest(1), image(), 12);
        EXPECT_THAT(manifests(session), IsEmpty());
        EXPECT_EQ(edges(session), 0);
        EXPECT_THAT(tags(session), ElementsAre("v1", "v2"));
        // And once more into it.
        EXPECT_EQ(remove_manifest(session, id, digest(1), Timestamp{14}, kKeep), true);
        EXPECT_EQ(find(session, digest(1)).deleted.ticks, 14);
    });
}

TEST_F(Deleted, ATagDeletedTwiceIsThereTwice) {
    write([this](db::Session& session) {
        const RepositoryId id = make_image(session);
        put(session, id, digest(2), image());
        EXPECT_EQ(remove_tag(session, id, tag("v1"), Timestamp{10}, kKeep), true);
        label(session, id, "v1", digest(2), 11);
        EXPECT_EQ(remove_tag(session, id, tag("v1"), Timestamp{12}, kKeep), true);
        EXPECT_THAT(tags(session), ElementsAre("v1", "v1"));
        const auto page = list_deleted_tags(session, repository("a"), PageRequest(10, ""));
        EXPECT_EQ(page->items.back().digest, digest(2));
        EXPECT_EQ(forget_deleted_tag(session, repository("a"), tag("v1"), digest(2)), 1);
        EXPECT_THAT(tags(session), ElementsAre("v1"));
    });
}

TEST_F(Deleted, ReferrersGoAlong) {
    write([this](db::Session& session) {
        const RepositoryId id = make_image(session);
        oci::Manifest signature = image();
        signature.subject = digest(1);
        put(session, id, digest(3), signature);
        put(session, id, digest(4), signature);
        EXPECT_EQ(remove_manifest(session, id, digest(4), Timestamp{9}, kKeep), true);
        EXPECT_EQ(remove_manifest(session, id, digest(1), Timestamp{10}, kKeep), true);
        EXPECT_THAT(manifests(session),
                    ElementsAre(digest(1).text(), digest(3).text(), digest(4).text()));
        EXPECT_THAT(*deleted_referrers(session, repository("a"), digest(1), Timestamp{10}),
                    ElementsAre(digest(3)));
    });
}

TEST_F(Deleted, ChildrenOfALiveIndex) {
    write([this](db::Session& session) {
        const RepositoryId id = make_image(session);
        oci::Manifest index = testing::index();
        index.references.push_back(descriptor(oci::ReferenceRole::child, digest(1), 10));
        index.references.push_back(descriptor(oci::ReferenceRole::child, digest(9), 10));
        put(session, id, digest(5), index);
        ASSERT_TRUE(remove_manifest(session, id, digest(1), Timestamp{10}, kKeep));
        EXPECT_THAT(*deleted_children(session, id, repository("a"), digest(5)),
                    ElementsAre(digest(1)));
    });
}

TEST_F(Deleted, AWholeRepository) {
    write([this](db::Session& session) {
        const RepositoryId id = make_image(session);
        put(session, id, digest(2), image());
        ASSERT_TRUE(detach_repository(session, id, Timestamp{10}, kKeep));
        EXPECT_THAT(manifests(session), ElementsAre(digest(1).text(), digest(2).text()));
        EXPECT_THAT(tags(session), ElementsAre("v1", "v2"));
        EXPECT_EQ(edges(session), 1);
        EXPECT_EQ(reap_next_detached(session, Timestamp{99}, 100), false);
        const RepositoryId again = ensure(session, "a");
        ASSERT_TRUE(restore_manifest(session, again, find(session, digest(1)), Timestamp{20}));
        const auto linked = find_linked_blob(session, repository("a"), digest(50));
        EXPECT_TRUE(linked && *linked);
        EXPECT_EQ(miscounted(session), 0);
    });
}

TEST_F(Deleted, PurgingTakesWhatIsDueInSteps) {
    write([this](db::Session& session) {
        const RepositoryId id = make_image(session);
        put(session, id, digest(2), image());
        ASSERT_TRUE(remove_manifest(session, id, digest(1), Timestamp{10}, kKeep));
        ASSERT_TRUE(remove_manifest(session, id, digest(2), Timestamp{20}, kKeep));
        const auto nothing = purge_deleted(session, Timestamp{110}, 10);
        EXPECT_EQ(nothing->manifests + nothing->tags, 0);
        EXPECT_FALSE(nothing->more);
        const auto tags_first = purge_deleted(session, Timestamp{111}, 2);
        EXPECT_EQ(tags_first->tags, 2);
        EXPECT_EQ(tags_first->manifests, 0);
        EXPECT_TRUE(tags_first->more);
        const auto rest = purge_deleted(session, Timestamp{111}, 10);
        EXPECT_EQ(rest->manifests, 1);
        EXPECT_FALSE(rest->more);
        EXPECT_THAT(manifests(session), ElementsAre(digest(2).text()));
        EXPECT_EQ(edges(session), 0);
        EXPECT_EQ(count_deleted_manifests(session, 0, 10)->rows, 1);
        EXPECT_EQ(count_deleted_tags(session, 0, 10)->rows, 0);
    });
}

TEST_F(Deleted, AManifestLeavesNoPullTimeBehind) {
    write([this](db::Session& session) {
        const RepositoryId id = make_image(session);
        static constexpr db::Sql kPulled(
            "INSERT INTO manifest_pulls SELECT id, 5 FROM manifests WHERE repository_id = $1");
        ASSERT_TRUE(session.execute(kPulled, {id}));
        static constexpr db::Sql kUntagged(
            "INSERT INTO manifest_untaggings SELECT id, 5 FROM manifests WHERE repository_id = $1");
        ASSERT_TRUE(session.execute(kUntagged, {id}));
        EXPECT_EQ(remove_manifest(session, id, digest(1), Timestamp{10}), true);
        put(session, id, digest(1), image());
        ASSERT_TRUE(session.execute(kPulled, {id}));
        ASSERT_TRUE(session.execute(kUntagged, {id}));
        ASSERT_TRUE(detach_repository(session, id, Timestamp{10}));
        EXPECT_EQ(reap_next_detached(session, Timestamp{99}, 100), false);
    });
}

}  // namespace
}  // namespace berth::meta
