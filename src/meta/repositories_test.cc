// SPDX-License-Identifier: Apache-2.0
//
#include "meta/repositories.h"

#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace berth::meta {
namespace {

using testing::digest;
using testing::image;
using testing::repository;
using Names = std::vector<std::string>;

class Repositories : public testing::CatalogTest {};

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
        const AttributesChange hide{.list_enabled = false};
        ASSERT_TRUE(change_repository(session, ensure(session, "hidden"), hide, std::nullopt));
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

TEST_F(Repositories, ArePagedAmongRanges) {
    write([](db::Session& session) {
        for (const char* name : {"a", "b", "team", "team/a", "team/b", "team/c", "teams", "z"}) {
            put(session, ensure(session, name), digest(1), image());
        }
        const oci::NameRanges some = oci::ranges_of({"b", "nowhere/*", "team/*", "z"});
        Names seen;
        std::string last;
        for (bool more = true; more;) {
            const auto page = list_repositories(session, PageRequest(2, last), some);
            ASSERT_TRUE(page);
            std::ranges::copy(page->items, std::back_inserter(seen));
            more = page->more;
            last = seen.back();
        }
        EXPECT_EQ(seen, (Names{"b", "team/a", "team/b", "team/c", "z"}));
        EXPECT_EQ(list_repositories(session, PageRequest(9, "a"), some)->items.size(), 5U);
        EXPECT_TRUE(list_repositories(session, PageRequest(9, ""), {})->items.empty());
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

TEST_F(Repositories, ARowTellsEverything) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        put(session, id, digest(1), image(), 10);
        label(session, id, "v1", digest(1), 11);
        const auto row = find_repository(session, repository("a"));
        ASSERT_TRUE(row && *row);
        EXPECT_EQ((*row)->manifest_count, 1);
        EXPECT_EQ((*row)->tag_count, 1);
        EXPECT_EQ((*row)->created, Timestamp{10});
        EXPECT_EQ((*row)->updated, Timestamp{11});
        EXPECT_EQ((*row)->attributes, Attributes());
        EXPECT_FALSE((*row)->teleport_enabled);
    });
}

TEST_F(Repositories, AChangeMergesAndLeavesTheUpdateTime) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        put(session, id, digest(1), image(), 10);
        Attributes expected;
        const auto change = [&](const AttributesChange& part, std::optional<bool> teleport) {
            ASSERT_TRUE(change_repository(session, id, part, teleport));
            const auto row = find_repository(session, repository("a"));
            ASSERT_TRUE(row && *row);
            EXPECT_EQ((*row)->attributes, expected);
            EXPECT_EQ((*row)->updated, Timestamp{10});
        };
        expected.delete_enabled = false;
        change(AttributesChange{.delete_enabled = false}, std::nullopt);
        expected.write_enabled = false;
        change(AttributesChange{.write_enabled = false}, true);
        EXPECT_TRUE((*find_repository(session, repository("a")))->teleport_enabled);
        expected.read_enabled = false;
        change(AttributesChange{.read_enabled = false}, std::nullopt);
        EXPECT_TRUE((*find_repository(session, repository("a")))->teleport_enabled);
        expected.list_enabled = false;
        change(AttributesChange{.list_enabled = false}, false);
        EXPECT_FALSE((*find_repository(session, repository("a")))->teleport_enabled);
        EXPECT_TRUE(list_repositories(session, PageRequest(5, ""))->items.empty());
        expected = Attributes();
        expected.write_enabled = false;
        change(AttributesChange{true, std::nullopt, true, true}, std::nullopt);
        EXPECT_EQ(list_repositories(session, PageRequest(5, ""))->items, Names{"a"});
        const auto absent = change_repository(session, id + 1, AttributesChange(), true);
        ASSERT_FALSE(absent);
        EXPECT_EQ(absent.error().code, Errc::internal);
    });
}

TEST_F(Repositories, TheFirstManifestMakesItAndTheLastTakesItsAttributesAway) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");  // at 1
        put(session, id, digest(1), image(), 10);
        put(session, id, digest(2), image(), 20);
        const AttributesChange none{.delete_enabled = false,
                                    .write_enabled = false,
                                    .read_enabled = false,
                                    .list_enabled = false};
        ASSERT_TRUE(change_repository(session, id, none, true));
        EXPECT_EQ((*find_repository(session, repository("a")))->created, Timestamp{10});
        EXPECT_EQ(remove_manifest(session, id, digest(1), Timestamp{30}), true);
        EXPECT_FALSE((*find_repository(session, repository("a")))->attributes.list_enabled);

        EXPECT_EQ(remove_manifest(session, id, digest(2), Timestamp{31}), true);
        const auto empty = find_repository(session, repository("a"));
        ASSERT_TRUE(empty && *empty);
        EXPECT_FALSE((*empty)->visible());
        EXPECT_EQ((*empty)->attributes, Attributes());
        EXPECT_FALSE((*empty)->teleport_enabled);

        put(session, id, digest(2), image(), 40);
        const auto again = find_repository(session, repository("a"));
        ASSERT_TRUE(again && *again);
        EXPECT_EQ((*again)->created, Timestamp{40});
        EXPECT_EQ(list_repositories(session, PageRequest(5, ""))->items, Names{"a"});
    });
}

}  // namespace
}  // namespace berth::meta
