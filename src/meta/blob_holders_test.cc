// SPDX-License-Identifier: Apache-2.0
#include "meta/blob_holders.h"

#include "meta/blobs.h"
#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

namespace berth::meta {
namespace {

using testing::descriptor;
using testing::digest;

class Holders : public testing::CatalogTest {
  protected:
    static void put_image(db::Session& session, RepositoryId home, std::uint32_t number,
                          std::uint32_t layer) {
        oci::Manifest manifest = testing::image();
        manifest.references.push_back(descriptor(oci::ReferenceRole::layer, digest(layer), 7));
        put(session, home, digest(number), manifest);
    }

    static void put_index(db::Session& session, RepositoryId home, std::uint32_t number,
                          std::uint32_t child) {
        oci::Manifest manifest = testing::index();
        manifest.references.push_back(descriptor(oci::ReferenceRole::child, digest(child), 7));
        put(session, home, digest(number), manifest);
    }

    static void link(db::Session& session, RepositoryId home, std::uint32_t layer) {
        const auto blob =
            put_blob(session, digest(layer), BlobPlace::in_store("x", 7), Timestamp{1});
        ASSERT_TRUE(link_blob(session, home, blob->id, Timestamp{5}));
    }
};

TEST_F(Holders, OfABlobAreLinksAndTheManifestsAbove) {
    write([](db::Session& session) {
        const RepositoryId home = ensure(session, "app");
        link(session, home, 1);
        link(session, ensure(session, "idle"), 1);
        put_image(session, home, 100, 1);
        put_index(session, home, 200, 100);
        label(session, home, "v1", digest(200));
        const auto found = find_holders(session, digest(1));
        ASSERT_TRUE(found && found->blob);
        EXPECT_TRUE(found->manifests.empty());
        EXPECT_EQ(found->blob->size, 7U);
        EXPECT_EQ(found->blob->state, BlobState::live);
        ASSERT_EQ(found->blob->repositories.size(), 2U);
        const RepositoryHolder& app = found->blob->repositories[0];
        EXPECT_EQ(app.name, "app");
        EXPECT_EQ(app.touched->ticks, 5);
        ASSERT_EQ(app.manifests.size(), 1U);
        EXPECT_EQ(app.manifests[0].digest, digest(100));
        EXPECT_TRUE(app.manifests[0].tags.empty());
        ASSERT_EQ(app.manifests[0].indexes.size(), 1U);
        EXPECT_EQ(app.manifests[0].indexes[0].tags, std::vector<std::string>{"v1"});
        EXPECT_TRUE(found->blob->repositories[1].manifests.empty());
    });
}

TEST_F(Holders, OfAManifestAreTagsAndIndexes) {
    write([](db::Session& session) {
        const RepositoryId home = ensure(session, "app");
        ensure(session, "other");
        put_image(session, home, 100, 1);
        put_index(session, home, 200, 100);
        label(session, home, "v1", digest(100));
        const auto found = find_holders(session, digest(100));
        ASSERT_TRUE(found);
        EXPECT_FALSE(found->blob);
        ASSERT_EQ(found->manifests.size(), 1U);
        const ManifestHolder& manifest = found->manifests[0].manifests.at(0);
        EXPECT_EQ(manifest.tags, std::vector<std::string>{"v1"});
        ASSERT_EQ(manifest.indexes.size(), 1U);
        EXPECT_EQ(manifest.indexes[0].digest, digest(200));
    });
}

TEST_F(Holders, ListsAreCut) {
    write([](db::Session& session) {
        const auto many = static_cast<std::uint32_t>(kHoldersMax) + 5;
        for (std::uint32_t i = 0; i < many; ++i) {
            const RepositoryId home = ensure(session, "app" + std::to_string(i));
            link(session, home, 1);
            put_image(session, home, 100, 1);
        }
        const auto blob = find_holders(session, digest(1));
        EXPECT_EQ(blob->blob->repositories.size(), kHoldersMax);
        EXPECT_TRUE(blob->blob->more);
        const auto manifest = find_holders(session, digest(100));
        EXPECT_EQ(manifest->manifests.size(), kHoldersMax);
        EXPECT_TRUE(manifest->more);
        EXPECT_FALSE(find_holders(session, digest(2))->blob);
    });
}

}  // namespace
}  // namespace berth::meta
