// SPDX-License-Identifier: Apache-2.0
//
// Repositories and tags: rows, counters, visibility, pages.
#include "meta/repositories.h"

#include "meta/schema.h"
#include "meta/tags.h"
#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace berth::meta {
namespace {

using testing::digest;
using testing::image;
using testing::repository;
using testing::tag;
using Names = std::vector<std::string>;

constexpr db::Sql kCreated("SELECT created_at FROM tags WHERE repository_id = $1 AND name = $2");
constexpr db::Sql kUpdated("SELECT updated_at FROM tags WHERE repository_id = $1 AND name = $2");
constexpr db::Sql kRepositoryUpdated("SELECT updated_at FROM repositories WHERE id = $1");
constexpr db::Sql kHideRepository("UPDATE repositories SET list_enabled = 0 WHERE id = $1");
constexpr db::Sql kHideTag("UPDATE tags SET list_enabled = 0 WHERE name = $1");

class Repositories : public testing::CatalogTest {};

TEST(Schema, MigrationsAreNumberedWithoutGaps) {
    std::int64_t expected = 1;
    for (const db::Migration& migration : migrations()) {
        EXPECT_EQ(migration.version, expected++);
        EXPECT_FALSE(migration.name.empty());
        EXPECT_FALSE(migration.sql.empty());
    }
    EXPECT_GT(expected, 1);
}

TEST_F(Repositories, ARowIsMadeOnceAndIsInvisibleAtFirst) {
    write([](db::Session& session) {
        EXPECT_FALSE(find_repository(session, repository("a/b"))->has_value());
        const RepositoryId id = ensure(session, "a/b");
        EXPECT_EQ(ensure(session, "a/b"), id);
        EXPECT_NE(ensure(session, "a/c"), id);
        const auto row = find_repository(session, repository("a/b"));
        ASSERT_TRUE(row && *row);
        EXPECT_EQ((*row)->id, id);
        EXPECT_EQ((*row)->manifest_count, 0);
        EXPECT_EQ((*row)->tag_count, 0);
        const auto page = list_repositories(session, PageRequest(10, ""));
        ASSERT_TRUE(page);
        EXPECT_TRUE(page->items.empty());
    });
}

TEST_F(Repositories, ArePagedBytewise) {
    write([](db::Session& session) {
        for (const char* name : {"b", "a", "a-b", "a/b", "a.b", "hidden"}) {
            put(session, ensure(session, name), digest(1), image());
        }
        ASSERT_TRUE(session.execute(kHideRepository, {ensure(session, "hidden")}));
        Names seen;
        std::string last;
        for (int pages = 1;; ++pages) {
            const auto page = list_repositories(session, PageRequest(2, last));
            ASSERT_TRUE(page);
            std::ranges::copy(page->items, std::back_inserter(seen));
            if (!page->more) {
                EXPECT_EQ(pages, 3);
                break;
            }
            ASSERT_EQ(page->items.size(), 2U);
            last = page->items.back();
        }
        EXPECT_EQ(seen, (Names{"a", "a-b", "a.b", "a/b", "b"}));
        const auto exact = list_repositories(session, PageRequest(5, ""));
        EXPECT_EQ(exact->items.size(), 5U);
        EXPECT_FALSE(exact->more);
        const auto between = list_repositories(session, PageRequest(1, "a0"));
        EXPECT_EQ(between->items, Names{"b"});
        const auto none = list_repositories(session, PageRequest(0, ""));
        EXPECT_TRUE(none->items.empty());
        EXPECT_TRUE(none->more);
    });
}

TEST_F(Repositories, CountersCannotGoBelowZero) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        const auto counted = add_to_counts(session, id, -1, 0, Timestamp{1});
        ASSERT_FALSE(counted);
        EXPECT_EQ(counted.error().code, Errc::conflict);
        EXPECT_FALSE(add_to_counts(session, id + 1, 1, 0, Timestamp{1}));
    });
}

TEST_F(Repositories, ATagNeedsItsManifestInTheSameRepository) {
    write([](db::Session& session) {
        const RepositoryId here = ensure(session, "here");
        const RepositoryId there = ensure(session, "there");
        put(session, here, digest(1), image());
        EXPECT_TRUE(put_tag(session, here, tag("v1"), digest(1), Timestamp{1}));
        const auto foreign = put_tag(session, there, tag("v1"), digest(1), Timestamp{1});
        ASSERT_FALSE(foreign);
        EXPECT_EQ(foreign.error().code, Errc::conflict);
    });
}

TEST_F(Repositories, AMovedTagKeepsItsCreatedTimeAndIsCountedOnce) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        put(session, id, digest(1), image(), 10);
        put(session, id, digest(2), image(), 20);
        ASSERT_TRUE(put_tag(session, id, tag("v1"), digest(1), Timestamp{11}));
        ASSERT_TRUE(put_tag(session, id, tag("v1"), digest(2), Timestamp{21}));
        EXPECT_EQ(number(session, kCreated, {id, "v1"}), 11);
        EXPECT_EQ(number(session, kUpdated, {id, "v1"}), 21);
        EXPECT_EQ(number(session, kRepositoryUpdated, {id}), 21);
        EXPECT_EQ((*find_repository(session, repository("a")))->tag_count, 1);
        const auto found = find_manifest(session, repository("a"), tag("v1"));
        ASSERT_TRUE(found && *found);
        EXPECT_EQ((*found)->digest, digest(2));
        EXPECT_EQ(miscounted(session), 0);
    });
}

TEST_F(Repositories, RemovingATagLeavesTheManifest) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        put(session, id, digest(1), image());
        ASSERT_TRUE(put_tag(session, id, tag("v1"), digest(1), Timestamp{2}));
        EXPECT_EQ(remove_tag(session, id, tag("v1"), Timestamp{3}), true);
        EXPECT_EQ(remove_tag(session, id, tag("v1"), Timestamp{4}), false);
        EXPECT_EQ(number(session, kRepositoryUpdated, {id}), 3);
        EXPECT_EQ(manifest_exists(session, id, digest(1)), true);
        EXPECT_FALSE(find_manifest(session, repository("a"), tag("v1"))->has_value());
        EXPECT_EQ(miscounted(session), 0);
    });
}

TEST_F(Repositories, TagsArePagedBytewiseWithoutHiddenOnes) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        const RepositoryId other = ensure(session, "b");
        put(session, id, digest(1), image());
        put(session, other, digest(1), image());
        for (const char* name : {"b", "B", "1.10", "1.9", "a", "secret"}) {
            ASSERT_TRUE(put_tag(session, id, tag(name), digest(1), Timestamp{1}));
        }
        ASSERT_TRUE(put_tag(session, other, tag("foreign"), digest(1), Timestamp{1}));
        ASSERT_TRUE(session.execute(kHideTag, {"secret"}));
        const auto first = list_tags(session, id, PageRequest(3, ""));
        EXPECT_EQ(first->items, (Names{"1.10", "1.9", "B"}));
        EXPECT_TRUE(first->more);
        const auto rest = list_tags(session, id, PageRequest(3, "B"));
        EXPECT_EQ(rest->items, (Names{"a", "b"}));
        EXPECT_FALSE(rest->more);
    });
}

}  // namespace
}  // namespace berth::meta
