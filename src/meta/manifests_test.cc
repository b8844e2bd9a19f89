// SPDX-License-Identifier: Apache-2.0
#include "meta/manifests.h"

#include "meta/blobs.h"
#include "meta/manifest_rows.h"
#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

#include <limits>

namespace berth::meta {
namespace {

using oci::ReferenceRole;
using testing::descriptor;
using testing::digest;
using testing::image;
using testing::index;
using testing::repository;
using testing::tag;

constexpr db::Sql kImageSize("SELECT image_size FROM manifests WHERE digest = $1");
constexpr db::Sql kCreated("SELECT created_at FROM manifests WHERE digest = $1");
constexpr db::Sql kUpdated("SELECT updated_at FROM manifests WHERE digest = $1");
constexpr db::Sql kReferences("SELECT count(*) FROM manifest_references");
constexpr db::Sql kHide("UPDATE manifests SET list_enabled = 0 WHERE digest = $1");

class Manifests : public testing::CatalogTest {
  protected:
    static void link(db::Session& session, RepositoryId id, std::uint32_t number) {
        const auto blob =
            put_blob(session, digest(number), BlobPlace::in_store("x", 1), Timestamp{1});
        ASSERT_TRUE(blob);
        ASSERT_TRUE(link_blob(session, id, blob->id, Timestamp{1}));
    }

    static oci::Manifest referrer(std::uint32_t subject, const std::string& artifact_type) {
        oci::Manifest manifest = image();
        manifest.subject = digest(subject);
        manifest.artifact_type = artifact_type;
        return manifest;
    }

    static std::vector<oci::Digest> digests(const Page<ReferrerRow>& page) {
        std::vector<oci::Digest> names;
        for (const ReferrerRow& row : page.items) {
            names.push_back(row.digest);
        }
        return names;
    }
};

TEST_F(Manifests, BytesComeBackByDigestAndByTag) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        const std::string bytes("{\"a\":\0\xff}", 8);
        const oci::Digest name = digest(1, oci::Algorithm::sha512);
        ASSERT_TRUE(put_manifest(session, id, name, image(), as_bytes(bytes), Timestamp{1}));
        ASSERT_TRUE(put_tag(session, id, tag("v1"), name, Timestamp{1}));
        const auto by_digest = find_manifest(session, repository("a"), name);
        const auto by_tag = find_manifest(session, repository("a"), tag("v1"));
        for (const auto* found : {&by_digest, &by_tag}) {
            ASSERT_TRUE(*found && **found);
            EXPECT_EQ((**found)->bytes, bytes);
            EXPECT_EQ((**found)->digest, name);
            EXPECT_EQ((**found)->media_type, oci::kOciManifest);
        }
        EXPECT_FALSE(find_manifest(session, repository("b"), name)->has_value());
        EXPECT_FALSE(find_manifest(session, repository("a"), digest(1))->has_value());
        EXPECT_FALSE(find_manifest(session, repository("a"), tag("v2"))->has_value());
        EXPECT_EQ(manifest_exists(session, id, name), true);
        EXPECT_EQ(manifest_exists(session, id + 1, name), false);
    });
}

TEST_F(Manifests, APushOfTheSameDigestOnlyMovesTheUpdateTime) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        oci::Manifest manifest = image();
        manifest.references.push_back(descriptor(ReferenceRole::layer, digest(50), 5));
        put(session, id, digest(1), manifest, 10);
        put(session, id, digest(1), manifest, 20);
        EXPECT_EQ(number(session, kCreated, {digest(1).stored()}), 10);
        EXPECT_EQ(number(session, kUpdated, {digest(1).stored()}), 20);
        EXPECT_EQ(number(session, kReferences), 1);
        EXPECT_EQ((*find_repository(session, repository("a")))->manifest_count, 1);
    });
}

TEST_F(Manifests, OneLockedForWritingKeepsItsUpdateTimeAndTakesTags) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        put(session, id, digest(1), image(), 10);
        ManifestChange lock;
        lock.attributes.write_enabled = false;
        ASSERT_EQ(change_manifest(session, id, digest(1), lock), true);
        put(session, id, digest(1), image(), 20);
        label(session, id, "v1", digest(1), 20);
        EXPECT_EQ(number(session, kUpdated, {digest(1).stored()}), 10);
        EXPECT_EQ((*find_repository(session, repository("a")))->manifest_count, 1);
        EXPECT_EQ((*find_repository(session, repository("a")))->updated, Timestamp{20});
    });
}

TEST_F(Manifests, AReadLockOfRepositoryManifestOrTagShows) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        put(session, id, digest(1), image());
        label(session, id, "v1", digest(1));
        label(session, id, "v2", digest(1));
        const auto expect = [&](bool by_digest, bool by_v1, bool by_v2) {
            const oci::Repository a = repository("a");
            EXPECT_EQ((*find_manifest(session, a, digest(1)))->readable, by_digest);
            EXPECT_EQ((*find_manifest(session, a, tag("v1")))->readable, by_v1);
            EXPECT_EQ((*find_manifest(session, a, tag("v2")))->readable, by_v2);
        };
        const AttributesChange close{.read_enabled = false};
        const AttributesChange open{.read_enabled = true};
        const AttributesChange others{false, false, std::nullopt, false};
        expect(true, true, true);
        ASSERT_EQ(change_tag(session, id, tag("v1"), close), true);
        expect(true, false, true);
        ASSERT_EQ(change_tag(session, id, tag("v1"), open), true);
        ASSERT_TRUE(change_repository(session, id, close, std::nullopt));
        expect(false, false, false);
        ASSERT_TRUE(change_repository(session, id, open, std::nullopt));
        ManifestChange change;
        change.attributes = close;
        ASSERT_EQ(change_manifest(session, id, digest(1), change), true);
        expect(false, false, false);
        change.attributes = open;
        ASSERT_EQ(change_manifest(session, id, digest(1), change), true);
        ASSERT_EQ(change_tag(session, id, tag("v1"), others), true);
        ASSERT_TRUE(change_repository(session, id, others, std::nullopt));
        expect(true, true, true);
    });
}

TEST_F(Manifests, ImageSizeAddsBytesConfigLayersAndChildren) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        oci::Manifest manifest = image();
        manifest.references.push_back(descriptor(ReferenceRole::config, digest(50), 1470));
        manifest.references.push_back(descriptor(ReferenceRole::layer, digest(51), 2457));
        put(session, id, digest(1), manifest, 1, 525);
        EXPECT_EQ(number(session, kImageSize, {digest(1).stored()}), 4452);

        oci::Manifest list = index();
        list.references.push_back(descriptor(ReferenceRole::child, digest(1), 525));
        list.references.push_back(descriptor(ReferenceRole::child, digest(9), 77));  // absent
        put(session, id, digest(2), list, 1, 100);
        EXPECT_EQ(number(session, kImageSize, {digest(2).stored()}), 4552);

        oci::Manifest absurd = image();
        const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
        absurd.references.push_back(descriptor(ReferenceRole::layer, digest(52), most));
        absurd.references.push_back(descriptor(ReferenceRole::layer, digest(53), most));
        put(session, id, digest(3), absurd);
        EXPECT_EQ(number(session, kImageSize, {digest(3).stored()}),
                  std::numeric_limits<std::int64_t>::max());
    });
}

TEST_F(Manifests, MissingReferencesAreListedOnceInDocumentOrder) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        const RepositoryId other = ensure(session, "b");
        link(session, id, 50);
        link(session, other, 51);
        put(session, id, digest(60), image());
        oci::Manifest manifest = index();
        manifest.references = {
            descriptor(ReferenceRole::child, digest(61), 1),   // absent
            descriptor(ReferenceRole::layer, digest(51), 1),   // linked elsewhere only
            descriptor(ReferenceRole::config, digest(50), 1),  // there
            descriptor(ReferenceRole::layer, digest(51), 1),   // again
            descriptor(ReferenceRole::child, digest(60), 1),   // there
            descriptor(ReferenceRole::layer, digest(60), 1),   // a manifest is no blob
            descriptor(ReferenceRole::child, digest(50), 1),   // a blob is no manifest
            descriptor(ReferenceRole::layer, digest(52), 1),   // foreign
        };
        manifest.references.back().may_be_absent = true;
        using Texts = std::vector<std::string>;
        EXPECT_EQ(
            missing_references(session, id, manifest),
            (Texts{digest(61).text(), digest(51).text(), digest(60).text(), digest(50).text()}));
        EXPECT_EQ(missing_references(session, id, image()), Texts{});
    });
}

TEST_F(Manifests, RemovalTakesTagsEdgesAndReferrersAlong) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        const RepositoryId other = ensure(session, "b");
        oci::Manifest manifest = image();
        manifest.references.push_back(descriptor(ReferenceRole::layer, digest(50), 5));
        put(session, id, digest(1), manifest);
        put(session, id, digest(2), referrer(1, "sig"));
        put(session, id, digest(3), referrer(2, "sig"));
        put(session, id, digest(4), manifest);
        put(session, other, digest(2), referrer(1, "sig"));
        for (const auto& [name, target] : {std::pair("v1", 1U), {"v2", 1U}, {"s", 3U}, {"k", 4U}}) {
            ASSERT_TRUE(put_tag(session, id, tag(name), digest(target), Timestamp{1}));
        }
        EXPECT_EQ(remove_manifest(session, id, digest(9), Timestamp{2}), false);
        EXPECT_EQ(remove_manifest(session, id, digest(1), Timestamp{2}), true);
        EXPECT_EQ(remove_manifest(session, id, digest(1), Timestamp{2}), false);
        const auto row = find_repository(session, repository("a"));
        EXPECT_EQ((*row)->manifest_count, 1);
        EXPECT_EQ((*row)->tag_count, 1);
        EXPECT_EQ(manifest_exists(session, id, digest(3)), false);
        EXPECT_EQ(manifest_exists(session, id, digest(4)), true);
        EXPECT_EQ(manifest_exists(session, other, digest(2)), true);
        EXPECT_EQ(number(session, kReferences), 1);
        EXPECT_EQ(miscounted(session), 0);
    });
}

TEST_F(Manifests, TheLastRemovalHidesTheRepository) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        put(session, id, digest(1), image());
        EXPECT_EQ(list_repositories(session, PageRequest(5, ""))->items.size(), 1U);
        EXPECT_EQ(remove_manifest(session, id, digest(1), Timestamp{2}), true);
        EXPECT_TRUE(list_repositories(session, PageRequest(5, ""))->items.empty());
        EXPECT_EQ((*find_repository(session, repository("a")))->manifest_count, 0);
    });
}

// A long chain and a wide star: neither the stack nor the page size may limit them.
TEST_F(Manifests, RemovalFollowsLongChainsAndWideStars) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        put(session, id, digest(1), image());
        for (std::uint32_t i = 2; i <= 3000; ++i) {
            put(session, id, digest(i), referrer(i - 1, "link"));
        }
        for (std::uint32_t i = 10'000; i < 10'500; ++i) {
            put(session, id, digest(i), referrer(1 + i % 2, "star"));
        }
        EXPECT_EQ(remove_manifest(session, id, digest(1), Timestamp{2}), true);
        EXPECT_EQ((*find_repository(session, repository("a")))->manifest_count, 0);
        EXPECT_EQ(miscounted(session), 0);
    });
}

TEST_F(Manifests, ReferrersComeInDigestOrderFilteredAndPaged) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        oci::Manifest annotated = referrer(100, "sig");
        annotated.annotations_json = R"({"k":"v"})";
        put(session, id, digest(3), annotated, 1, 33);
        put(session, id, digest(1), referrer(100, "sbom"));
        put(session, id, digest(2), referrer(100, "sig"));
        put(session, id, digest(4), referrer(101, "sig"));
        put(session, id, digest(5), referrer(100, "sig"));
        put(session, id, digest(6), image());
        ASSERT_TRUE(session.execute(kHide, {digest(5).stored()}));
        const oci::Repository a = repository("a");
        using Digests = std::vector<oci::Digest>;

        const auto all = list_referrers(session, a, digest(100), "", PageRequest(10, ""));
        ASSERT_TRUE(all);
        EXPECT_EQ(digests(*all), (Digests{digest(1), digest(2), digest(3)}));
        EXPECT_FALSE(all->more);
        EXPECT_EQ(all->items[2].annotations_json, R"({"k":"v"})");
        EXPECT_EQ(all->items[2].size, 33U);
        EXPECT_EQ(all->items[2].artifact_type, "sig");
        EXPECT_EQ(all->items[2].media_type, oci::kOciManifest);
        EXPECT_EQ(all->items[0].annotations_json, "");

        const auto first = list_referrers(session, a, digest(100), "", PageRequest(2, ""));
        EXPECT_EQ(digests(*first), (Digests{digest(1), digest(2)}));
        EXPECT_TRUE(first->more);
        const auto next =
            list_referrers(session, a, digest(100), "", PageRequest(2, digest(2).text()));
        EXPECT_EQ(digests(*next), Digests{digest(3)});
        EXPECT_FALSE(next->more);
        const auto signatures =
            list_referrers(session, a, digest(100), "sig", PageRequest(1, digest(1).text()));
        EXPECT_EQ(digests(*signatures), Digests{digest(2)});
        EXPECT_TRUE(signatures->more);
    });
}

TEST_F(Manifests, ReferrersOfTheUnknownAreNone) {
    write([](db::Session& session) {
        ensure(session, "a");
        for (const char* name : {"a", "absent"}) {
            const auto page =
                list_referrers(session, repository(name), digest(1), "", PageRequest(10, ""));
            ASSERT_TRUE(page);
            EXPECT_TRUE(page->items.empty());
            EXPECT_FALSE(page->more);
        }
        const auto malformed =
            list_referrers(session, repository("a"), digest(1), "", PageRequest(10, "v1"));
        ASSERT_FALSE(malformed);
        EXPECT_EQ(malformed.error().code, Errc::pagination_invalid);
    });
}

}  // namespace
}  // namespace berth::meta
