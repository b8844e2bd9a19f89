// SPDX-License-Identifier: Apache-2.0
//
// The migrations: their numbering, and what they do to a catalog that is in use.
#include "meta/schema.h"

#include "meta/blobs.h"
#include "meta/manifest_rows.h"
#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace berth::meta {
namespace {

using testing::digest;
using testing::repository;
using testing::tag;
using Names = std::vector<std::string>;

constexpr db::Sql kRepositories(
    "INSERT INTO repositories (id, name, created_at, updated_at, manifest_count, tag_count)"
    " VALUES (1, 'a', 10, 20, 2, 2), (2, 'b', 11, 11, 0, 0)");
constexpr db::Sql kManifests(
    "INSERT INTO manifests (id, repository_id, digest, media_type, size, image_size,"
    " artifact_type, subject, created_at, updated_at, delete_enabled, bytes) VALUES"
    " (7, 1, $1, 'm', 5, 50, 'x', NULL, 12, 13, 1, $3), (8, 1, $2, 'm', 5, 50, 'x', $1, 14, 15,"
    " 0, $3)");
constexpr db::Sql kReferences(
    "INSERT INTO manifest_references (manifest_id, position, repository_id, role, digest, size,"
    " media_type) VALUES (7, 0, 1, 2, $1, 5, 'l')");
constexpr db::Sql kTags(
    "INSERT INTO tags (repository_id, name, digest, created_at, updated_at, list_enabled) VALUES"
    " (1, 'v1', $1, 16, 19, 1), (1, 'v2', $2, 17, 18, 1), (1, 'v3', $2, 17, 18, 0)");
constexpr db::Sql kBlobs(
    "INSERT INTO blobs (id, digest, size, location, created_at, verified_at)"
    " VALUES (3, $1, 5, 'there', 1, 1)");
constexpr db::Sql kLinks("INSERT INTO blob_links VALUES (2, 3, 1, 1)");

class Schema : public ::testing::Test {
  protected:
    std::unique_ptr<db::SqliteDatabase> open(std::size_t version) {
        auto opened =
            db::SqliteDatabase::open(directory_.path() / "catalog.db", migrations().first(version));
        EXPECT_TRUE(opened) << opened.error().log_detail;
        return opened ? *std::move(opened) : nullptr;
    }

    // What a server of schema 1 left behind.
    void make_old_catalog() {
        const auto database = open(1);
        ASSERT_NE(database, nullptr);
        const ByteView first = one_.stored();
        const ByteView second = two_.stored();
        const auto ran = database->write_now([&](db::Session& session) {
            EXPECT_TRUE(session.execute(kRepositories, {}));
            EXPECT_TRUE(session.execute(kManifests, {first, second, as_bytes("12345")}));
            EXPECT_TRUE(session.execute(kReferences, {blob_.stored()}));
            EXPECT_TRUE(session.execute(kTags, {first, second}));
            EXPECT_TRUE(session.execute(kBlobs, {blob_.stored()}));
            EXPECT_TRUE(session.execute(kLinks, {}));
            return !::testing::Test::HasFailure();
        });
        ASSERT_TRUE(ran);
    }

    static Names names(const Result<Page<TagRow>>& page) {
        Names found;
        for (const TagRow& row : page->items) {
            found.push_back(row.name);
        }
        return found;
    }

    io::TemporaryDirectory directory_;
    const oci::Digest one_ = digest(1);
    const oci::Digest two_ = digest(2);
    const oci::Digest blob_ = digest(50);
};

TEST_F(Schema, MigrationsAreNumberedWithoutGaps) {
    std::int64_t expected = 1;
    for (const db::Migration& migration : migrations()) {
        EXPECT_EQ(migration.version, expected++);
        EXPECT_FALSE(migration.name.empty());
        EXPECT_FALSE(migration.sql.empty());
    }
    EXPECT_GT(expected, 1);
}

// The planner passes over a misspelt name, and takes an index without statistics for a tiny one.
TEST_F(Schema, TheStatisticsAreThoseOfTheIndexes) {
    constexpr db::Sql kNoIndex(
        "SELECT count(*) FROM sqlite_stat1 WHERE idx NOT IN (SELECT name FROM sqlite_schema)");
    constexpr db::Sql kNoStatistics(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'index'"
        " AND tbl_name IN (SELECT tbl FROM sqlite_stat1)"
        " AND name NOT IN (SELECT idx FROM sqlite_stat1)");
    const auto database = open(migrations().size());
    ASSERT_NE(database, nullptr);
    ASSERT_TRUE(database->read_now([&](db::Session& session) {
        for (const db::Sql& sql : {kNoIndex, kNoStatistics}) {
            std::int64_t count = -1;
            EXPECT_TRUE(session.query(sql, {}, [&count](const db::Row& row) {
                count = row.integer(0);
                return false;
            }));
            EXPECT_EQ(count, 0) << sql.text;
        }
    }));
}

TEST_F(Schema, ACatalogOfTheFirstVersionKeepsEverything) {
    make_old_catalog();
    const auto database = open(migrations().size());
    ASSERT_NE(database, nullptr);
    const auto ran = database->read_now([this](db::Session& session) {
        const auto row = find_repository(session, repository("a"));
        ASSERT_TRUE(row && *row);
        EXPECT_EQ((*row)->id, 1);
        EXPECT_EQ((*row)->manifest_count, 2);
        EXPECT_EQ((*row)->created, Timestamp{10});
        EXPECT_EQ((*row)->updated, Timestamp{20});
        EXPECT_EQ((*row)->attributes, Attributes());
        const auto manifest = find_manifest(session, repository("a"), tag("v1"));
        ASSERT_TRUE(manifest && *manifest);
        EXPECT_EQ((*manifest)->bytes, "12345");
        EXPECT_TRUE((*manifest)->readable);
        const auto details = find_manifest_row(session, 1, two_);
        ASSERT_TRUE(details && *details);
        EXPECT_FALSE((*details)->attributes.delete_enabled);
        EXPECT_EQ((*details)->tags, (Names{"v2", "v3"}));
        const auto referrers =
            list_referrers(session, repository("a"), one_, "", PageRequest(9, ""));
        EXPECT_EQ(referrers->items.size(), 1U);
        const auto linked = find_linked_blob(session, repository("b"), blob_);
        ASSERT_TRUE(linked && *linked);
        EXPECT_EQ((*linked)->location, "there");
    });
    ASSERT_TRUE(ran);
}

// The indexes that were made anew know the rows that were there before.
TEST_F(Schema, ItsNewIndexesKnowTheOldRows) {
    make_old_catalog();
    const auto database = open(migrations().size());
    ASSERT_NE(database, nullptr);
    const auto ran = database->write_now([this](db::Session& session) {
        const PageRequest whole(9, "");
        EXPECT_EQ(names(list_tag_rows(session, 1, Order::newest_first, std::nullopt, whole)),
                  (Names{"v1", "v2"}));
        EXPECT_EQ(names(list_tag_rows(session, 1, Order::newest_first, two_, whole)), Names{"v2"});
        const auto manifests = list_manifest_rows(session, 1, Order::newest_first, whole);
        EXPECT_EQ(manifests->items.at(0).digest, two_);
        EXPECT_EQ(manifests->items.at(1).digest, one_);
        EXPECT_EQ(next_detached(session, Timestamp{99}), std::nullopt);
        EXPECT_EQ(holds_locked_items(session, 1), true);
        EXPECT_EQ(holds_locked_items(session, 2), false);
        const auto removed = remove_manifest(session, 1, two_, Timestamp{30});
        EXPECT_FALSE(removed);
        EXPECT_EQ(removed.error().code, Errc::disallowed);
        return false;
    });
    ASSERT_TRUE(ran);
}

}  // namespace
}  // namespace berth::meta
