// SPDX-License-Identifier: Apache-2.0
#include "meta/stored_manifests.h"

#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

namespace berth::meta {
namespace {

using testing::digest;
using testing::repository;
using testing::tag;

constexpr db::Sql kMiscount(
    "UPDATE repositories SET manifest_count = 7, tag_count = 5 WHERE id = $1");
constexpr db::Sql kDetach("UPDATE repositories SET detached_at = 1 WHERE id = $1");
constexpr db::Sql kLockManifests("UPDATE manifests SET write_enabled = 0");

class StoredManifests : public testing::CatalogTest {};

TEST_F(StoredManifests, ComeInTheOrderOfTheirIdsWithTheirEdges) {
    write([](db::Session& session) {
        const RepositoryId home = ensure(session, "a");
        oci::Manifest manifest = testing::image();
        manifest.references = {testing::descriptor(oci::ReferenceRole::config, digest(50), 1),
                               testing::descriptor(oci::ReferenceRole::layer, digest(40), 2)};
        put(session, home, digest(2), manifest);
        put(session, home, digest(1), testing::index());
        const auto all = manifests_after(session, 0, 10);
        ASSERT_TRUE(all && all->size() == 2);
        EXPECT_EQ(all->front().digest, digest(2));
        EXPECT_EQ(all->front().repository, "a");
        EXPECT_EQ(all->front().bytes, std::string(10, ' '));
        EXPECT_EQ(all->front().size, 10U);
        EXPECT_EQ(all->back().media_type, oci::kOciIndex);
        const auto edges = edges_of(session, all->front().id);
        ASSERT_TRUE(edges && edges->size() == 2);
        EXPECT_EQ(edges->front().role, 1);
        EXPECT_EQ(edges->back().digest_bytes, as_text(digest(40).stored()));
        EXPECT_EQ(manifests_after(session, all->front().id, 10)->size(), 1U);
        EXPECT_EQ((*find_whole_manifest(session, all->back().id))->digest, digest(1));
        EXPECT_FALSE(find_whole_manifest(session, 99)->has_value());
    });
}

TEST_F(StoredManifests, AnEmptiedOneGetsItsBytesByAPushEvenIfItIsLocked) {
    write([](db::Session& session) {
        const RepositoryId home = ensure(session, "a");
        put(session, home, digest(1), testing::image());
        label(session, home, "v1", digest(1));
        const std::int64_t id = manifests_after(session, 0, 1)->front().id;
        EXPECT_EQ(empty_manifest(session, id), true);
        EXPECT_EQ(empty_manifest(session, id + 1), false);
        EXPECT_EQ((*find_manifest(session, repository("a"), tag("v1")))->bytes, "");
        ASSERT_TRUE(session.execute(kLockManifests, {}));
        put(session, home, digest(1), testing::image());
        EXPECT_EQ((*find_manifest(session, repository("a"), tag("v1")))->bytes.size(), 10U);
        EXPECT_EQ(miscounted(session), 0);
    });
}

TEST_F(StoredManifests, CountersAreComparedAndCountedAgain) {
    write([](db::Session& session) {
        const RepositoryId good = ensure(session, "good");
        const RepositoryId bad = ensure(session, "bad");
        const RepositoryId detached = ensure(session, "detached");
        put(session, good, digest(1), testing::image());
        put(session, bad, digest(1), testing::image());
        label(session, bad, "v1", digest(1));
        for (const RepositoryId id : {bad, detached}) {
            ASSERT_TRUE(session.execute(kMiscount, {id}));
        }
        ASSERT_TRUE(session.execute(kDetach, {detached}));
        RepositoryId last = 0;
        const auto wrong = miscounted_after(session, 0, 10, last);
        ASSERT_TRUE(wrong && wrong->size() == 1);
        EXPECT_EQ(last, detached);
        EXPECT_EQ(wrong->front().name, "bad");
        EXPECT_EQ(wrong->front().manifests_said, 7);
        EXPECT_EQ(wrong->front().manifests, 1);
        EXPECT_EQ(wrong->front().tags_said, 5);
        EXPECT_EQ(wrong->front().tags, 1);
        ASSERT_TRUE(recount(session, bad));
        EXPECT_TRUE(miscounted_after(session, 0, 10, last)->empty());
        EXPECT_TRUE(miscounted_after(session, detached, 10, last)->empty());
        EXPECT_EQ(last, 0);
    });
}

TEST_F(StoredManifests, WhatWasDetachedMeanwhileIsNotCountedAgain) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        put(session, id, digest(1), testing::image());
        ASSERT_TRUE(detach_repository(session, id, Timestamp{1}));
        ASSERT_TRUE(recount(session, id));
        EXPECT_TRUE(list_repositories(session, PageRequest(9, ""))->items.empty());
    });
}

TEST_F(StoredManifests, AWholeFileHasNothingToComplainAbout) {
    write([](db::Session& session) {
        put(session, ensure(session, "a"), digest(1), testing::image());
        EXPECT_TRUE(check_pages(session, false)->empty());
        EXPECT_TRUE(check_pages(session, true)->empty());
        EXPECT_TRUE(check_foreign_keys(session)->empty());
    });
}

}  // namespace
}  // namespace berth::meta
