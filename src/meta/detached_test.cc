// SPDX-License-Identifier: Apache-2.0
//
// Repositories that were deleted as a whole: detached at once, reaped in small steps.
#include "meta/blobs.h"
#include "meta/manifest_rows.h"
#include "meta/removed_items.h"
#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

namespace berth::meta {
namespace {

using oci::ReferenceRole;
using testing::descriptor;
using testing::digest;
using testing::image;
using testing::repository;
using testing::tag;
using Names = std::vector<std::string>;

// Rows of one repository in all tables.
constexpr db::Sql kRows(
    "SELECT (SELECT count(*) FROM tags WHERE repository_id = $1)"
    " + (SELECT count(*) FROM manifest_references WHERE repository_id = $1)"
    " + (SELECT count(*) FROM manifests WHERE repository_id = $1)"
    " + (SELECT count(*) FROM blob_links WHERE repository_id = $1)"
    " + (SELECT count(*) FROM removed_items WHERE repository_id = $1)"
    " + (SELECT count(*) FROM repositories WHERE id = $1)");

class Detached : public testing::CatalogTest {
  protected:
    static constexpr std::int64_t kFilledRows = 5 * 4 + 3 + 1;

    // Five manifests, each with a tag, two layers; a blob, a removed tag, a removed manifest.
    static RepositoryId fill(db::Session& session, std::string_view name) {
        const RepositoryId id = ensure(session, name);
        for (std::uint32_t number = 0; number <= 5; ++number) {
            oci::Manifest manifest = image();
            manifest.references = {descriptor(ReferenceRole::layer, digest(50), 1),
                                   descriptor(ReferenceRole::layer, digest(51), 1)};
            put(session, id, digest(number), manifest);
            label(session, id, "t" + std::to_string(number), digest(number));
        }
        EXPECT_EQ(remove_manifest(session, id, digest(0), Timestamp{2}), true);
        const auto blob = put_blob(session, digest(50), BlobPlace::in_store("x", 1), Timestamp{1});
        EXPECT_TRUE(link_blob(session, id, blob->id, Timestamp{1}));
        EXPECT_EQ(number(session, kRows, {id}), kFilledRows);
        return id;
    }

    /// Whether there may be more.
    static bool reap(db::Session& session, std::uint32_t limit) {
        const auto more = reap_next_detached(session, Timestamp{99}, limit);
        EXPECT_TRUE(more) << more.error().log_detail;
        return more.value_or(false);
    }
};

TEST_F(Detached, TheNameIsFreeAtOnceAndTheRowsAreStillThere) {
    write([](db::Session& session) {
        const RepositoryId id = fill(session, "a");
        ASSERT_TRUE(detach_repository(session, id, Timestamp{10}));
        EXPECT_FALSE(find_repository(session, repository("a"))->has_value());
        EXPECT_TRUE(list_repositories(session, PageRequest(9, ""))->items.empty());
        EXPECT_FALSE(find_manifest(session, repository("a"), digest(1))->has_value());
        EXPECT_FALSE(find_linked_blob(session, repository("a"), digest(50))->has_value());
        EXPECT_EQ(number(session, kRows, {id}), kFilledRows);
        EXPECT_EQ(list_all_tags(session, id, PageRequest(9, ""))->items,
                  (Names{"t1", "t2", "t3", "t4", "t5"}));
        EXPECT_EQ(list_all_manifests(session, id, PageRequest(9, ""))->items.size(), 5U);

        const RepositoryId again = ensure(session, "a");
        EXPECT_NE(again, id);
        put(session, again, digest(1), image(), 11);
        label(session, again, "t1", digest(1), 11);
        const auto row = find_repository(session, repository("a"));
        ASSERT_TRUE(row && *row);
        EXPECT_EQ((*row)->manifest_count, 1);
        EXPECT_EQ((*row)->tag_count, 1);
        EXPECT_EQ((*row)->created, Timestamp{11});
        EXPECT_EQ(list_repositories(session, PageRequest(9, ""))->items, Names{"a"});
        const auto twice = detach_repository(session, id, Timestamp{12});
        ASSERT_FALSE(twice);
        EXPECT_EQ(twice.error().code, Errc::internal);
    });
}

TEST_F(Detached, NobodyMountsFromIt) {
    write([](db::Session& session) {
        const RepositoryId id = fill(session, "a");
        fill(session, "b");
        ASSERT_TRUE(detach_repository(session, id, Timestamp{10}));
        const auto blob = find_blob(session, digest(50));
        ASSERT_TRUE(blob && *blob);
        EXPECT_EQ(repositories_linking(session, (*blob)->id, 9), (Names{"b"}));
    });
}

TEST_F(Detached, TheOneThatWaitsLongestIsNext) {
    write([](db::Session& session) {
        const RepositoryId a = fill(session, "a");
        const RepositoryId b = fill(session, "b");
        fill(session, "c");
        EXPECT_EQ(next_detached(session, Timestamp{99}), std::nullopt);
        ASSERT_TRUE(detach_repository(session, b, Timestamp{10}));
        ASSERT_TRUE(detach_repository(session, a, Timestamp{20}));
        EXPECT_EQ(next_detached(session, Timestamp{10}), std::nullopt);
        EXPECT_EQ(next_detached(session, Timestamp{99}), b);
        EXPECT_TRUE(reap(session, kFilledRows));
        EXPECT_EQ(next_detached(session, Timestamp{99}), a);
        EXPECT_EQ(next_detached(session, Timestamp{20}), std::nullopt);
    });
}

TEST_F(Detached, IsReapedInStepsThatLeaveOthersAlone) {
    for (const std::uint32_t limit : {1U, 2U, 3U, 7U, 23U, 24U, 100U}) {
        write([limit](db::Session& session) {
            const RepositoryId id = fill(session, "a");
            const RepositoryId other = fill(session, "b" + std::to_string(limit));
            ASSERT_TRUE(detach_repository(session, id, Timestamp{10}));
            std::int64_t left = kFilledRows;
            while (left > 0) {
                const bool more = reap(session, limit);
                const std::int64_t now_left = number(session, kRows, {id});
                ASSERT_LE(left - now_left, limit);
                ASSERT_LT(now_left, left);
                EXPECT_TRUE(more || now_left == 0);
                left = now_left;
            }
            EXPECT_EQ(number(session, kRows, {other}), kFilledRows);
            EXPECT_EQ(miscounted(session), 0);
            EXPECT_FALSE(reap(session, 1));  // it is gone already
        });
    }
}

TEST_F(Detached, OneStepReapsManySmallOnes) {
    write([](db::Session& session) {
        std::vector<RepositoryId> ids;
        for (std::int64_t at = 1; at <= 4; ++at) {
            ids.push_back(fill(session, "a" + std::to_string(at)));
            ASSERT_TRUE(detach_repository(session, ids.back(), Timestamp{at}));
        }
        const auto step = static_cast<std::uint32_t>(2 * kFilledRows + 1);
        EXPECT_EQ(reap_next_detached(session, Timestamp{4}, step), true);
        EXPECT_EQ(number(session, kRows, {ids[1]}), 0);
        EXPECT_EQ(number(session, kRows, {ids[2]}), kFilledRows - 1);
        EXPECT_EQ(reap_next_detached(session, Timestamp{4}, step), false);
        EXPECT_EQ(number(session, kRows, {ids[2]}), 0);
        EXPECT_EQ(number(session, kRows, {ids[3]}), kFilledRows);
    });
}

// The pages of large manifests are work for the writer, too.
TEST_F(Detached, ALargeManifestCountsAsManyRows) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        for (std::uint32_t number = 1; number <= 4; ++number) {
            put(session, id, digest(number), image(), 1, 40 * 4096);
        }
        ASSERT_TRUE(detach_repository(session, id, Timestamp{10}));
        EXPECT_TRUE(reap(session, 50));
        EXPECT_EQ(number(session, kRows, {id}), 2 + 1);
    });
}

TEST_F(Detached, WhatHasItsNameIsNotReaped) {
    write([](db::Session& session) {
        const RepositoryId id = fill(session, "a");
        EXPECT_FALSE(reap(session, 1000));
        EXPECT_EQ(number(session, kRows, {id}), kFilledRows);
    });
}

}  // namespace
}  // namespace berth::meta
