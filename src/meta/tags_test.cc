// SPDX-License-Identifier: Apache-2.0
#include "meta/tags.h"

#include "meta/manifest_rows.h"
#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

namespace berth::meta {
namespace {

using testing::digest;
using testing::image;
using testing::repository;
using testing::tag;

class Tags : public testing::CatalogTest {
  protected:
    static TagRow row_of(db::Session& session, RepositoryId id, std::string_view name) {
        auto found = find_tag(session, id, tag(name));
        EXPECT_TRUE(found && *found) << name;
        return found && *found ? **std::move(found) : TagRow("", digest(0));
    }
};

TEST_F(Tags, NeedTheirManifestInTheSameRepository) {
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

TEST_F(Tags, AMovedOneKeepsItsCreatedTimeAndIsCountedOnce) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        put(session, id, digest(1), image(), 10);
        put(session, id, digest(2), image(), 20);
        label(session, id, "v1", digest(1), 11);
        ASSERT_TRUE(change_tag(session, id, tag("v1"), AttributesChange{.delete_enabled = false}));
        label(session, id, "v1", digest(2), 21);
        const TagRow row = row_of(session, id, "v1");
        EXPECT_EQ(row.name, "v1");
        EXPECT_EQ(row.digest, digest(2));
        EXPECT_EQ(row.created, Timestamp{11});
        EXPECT_EQ(row.updated, Timestamp{21});
        EXPECT_FALSE(row.attributes.delete_enabled);
        const auto home = find_repository(session, repository("a"));
        EXPECT_EQ((*home)->updated, Timestamp{21});
        EXPECT_EQ((*home)->tag_count, 1);
        const auto found = find_manifest(session, repository("a"), tag("v1"));
        ASSERT_TRUE(found && *found);
        EXPECT_EQ((*found)->digest, digest(2));
        EXPECT_EQ(miscounted(session), 0);
    });
}

TEST_F(Tags, RemovingOneLeavesTheManifest) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        put(session, id, digest(1), image());
        label(session, id, "v1", digest(1), 2);
        EXPECT_EQ(remove_tag(session, id, tag("v1"), Timestamp{3}), true);
        EXPECT_EQ(remove_tag(session, id, tag("v1"), Timestamp{4}), false);
        EXPECT_EQ((*find_repository(session, repository("a")))->updated, Timestamp{3});
        EXPECT_EQ(manifest_exists(session, id, digest(1)), true);
        EXPECT_FALSE(find_tag(session, id, tag("v1"))->has_value());
        EXPECT_FALSE(find_manifest(session, repository("a"), tag("v1"))->has_value());
        EXPECT_EQ(miscounted(session), 0);
    });
}

TEST_F(Tags, AChangeMergesAndLeavesTheUpdateTime) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        put(session, id, digest(1), image());
        label(session, id, "v1", digest(1), 5);
        label(session, id, "v2", digest(1), 5);
        Attributes expected;
        const auto change = [&](const AttributesChange& part) {
            EXPECT_EQ(change_tag(session, id, tag("v1"), part), true);
            EXPECT_EQ(row_of(session, id, "v1").attributes, expected);
            EXPECT_EQ(row_of(session, id, "v1").updated, Timestamp{5});
        };
        expected.delete_enabled = false;
        change(AttributesChange{.delete_enabled = false});
        expected.write_enabled = false;
        change(AttributesChange{.write_enabled = false});
        expected.read_enabled = false;
        change(AttributesChange{.read_enabled = false});
        expected.list_enabled = false;
        change(AttributesChange{.list_enabled = false});
        change(AttributesChange());
        expected = Attributes();
        change(AttributesChange{true, true, true, true});
        EXPECT_EQ(row_of(session, id, "v2").attributes, Attributes());
        EXPECT_EQ(change_tag(session, id, tag("v3"), AttributesChange()), false);
        EXPECT_EQ((*find_repository(session, repository("a")))->updated, Timestamp{5});
    });
}

TEST_F(Tags, TheQuarantineStateIsTheManifests) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        put(session, id, digest(1), image());
        put(session, id, digest(2), image());
        label(session, id, "v1", digest(1));
        label(session, id, "v2", digest(2));
        ManifestChange change;
        change.quarantine_state = "Failed";
        ASSERT_EQ(change_manifest(session, id, digest(1), change), true);
        EXPECT_EQ(row_of(session, id, "v1").quarantine_state, "Failed");
        EXPECT_EQ(row_of(session, id, "v2").quarantine_state, "");
        for (const Order order : {Order::by_name, Order::oldest_first}) {
            const auto page = list_tag_rows(session, id, order, std::nullopt, PageRequest(10, ""));
            ASSERT_TRUE(page);
            ASSERT_EQ(page->items.size(), 2U);
            EXPECT_EQ(page->items[0].quarantine_state, "Failed");
            EXPECT_EQ(page->items[1].quarantine_state, "");
        }
    });
}

}  // namespace
}  // namespace berth::meta
