// SPDX-License-Identifier: Apache-2.0
#include "meta/stored_blobs.h"

#include "meta/blobs.h"
#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

namespace berth::meta {
namespace {

using testing::digest;

constexpr db::Sql kState("SELECT state FROM blobs WHERE id = $1");
constexpr db::Sql kSetState("UPDATE blobs SET state = $2 WHERE id = $1");
constexpr db::Sql kVerifiedAt("SELECT verified_at FROM blobs WHERE id = $1");

class StoredBlobs : public testing::CatalogTest {
  protected:
    static std::int64_t put(db::Session& session, std::uint32_t number, const BlobPlace& place) {
        const auto row = put_blob(session, digest(number), place, Timestamp{1});
        EXPECT_TRUE(row) << row.error().log_detail;
        return row.value_or(StoredBlob()).id;
    }
};

TEST_F(StoredBlobs, ComeInTheOrderOfTheirIdsWhateverTheirState) {
    write([](db::Session& session) {
        const std::int64_t first = put(session, 3, BlobPlace::in_store("x", 5));
        const std::int64_t second = put(session, 2, BlobPlace::in_catalog(as_bytes("abc")));
        const std::int64_t third = put(session, 1, BlobPlace::in_store("y", 1));
        ASSERT_TRUE(session.execute(kSetState, {third, 2}));
        const auto two = stored_blobs_after(session, 0, 2);
        ASSERT_TRUE(two && two->size() == 2);
        EXPECT_EQ(two->front().id, first);
        EXPECT_EQ(two->front().digest, digest(3));
        EXPECT_EQ(two->front().size, 5U);
        EXPECT_EQ(two->front().location, "x");
        EXPECT_FALSE(two->front().in_catalog());
        EXPECT_TRUE(two->front().must_be_there());
        EXPECT_TRUE(two->back().in_catalog());
        EXPECT_EQ(two->back().bytes, "abc");
        const auto rest = stored_blobs_after(session, second, 10);
        ASSERT_TRUE(rest && rest->size() == 1);
        EXPECT_EQ(rest->front().state, BlobState::deleting);
        EXPECT_FALSE(rest->front().must_be_there());
        EXPECT_TRUE(stored_blobs_after(session, third, 10)->empty());
        EXPECT_EQ((*find_stored_blob(session, second))->location, kInCatalog);
        EXPECT_FALSE(find_stored_blob(session, third + 1)->has_value());
        EXPECT_EQ(find_location(session, digest(1)).value(), "y");
        EXPECT_FALSE(find_location(session, digest(9))->has_value());
        EXPECT_EQ(total_of_blobs(session)->count, 2U);
        EXPECT_EQ(total_of_blobs(session)->bytes, 8U);
    });
}

TEST_F(StoredBlobs, ADamagedOneIsUnknownUntilItIsPushedAgainAndKeepsItsLinks) {
    write([](db::Session& session) {
        const std::int64_t id = put(session, 1, BlobPlace::in_store("x", 5));
        const RepositoryId home = ensure(session, "a");
        ASSERT_TRUE(link_blob(session, home, id, Timestamp{1}));
        EXPECT_EQ(mark_blob_damaged(session, id, "elsewhere"), false);
        EXPECT_EQ(mark_blob_damaged(session, id, "x"), true);
        EXPECT_EQ(mark_blob_damaged(session, id, "x"), false);
        EXPECT_EQ(mark_blob_verified(session, id, "x", Timestamp{9}), false);
        EXPECT_EQ(number(session, kState, {id}), 3);
        const oci::Repository name = testing::repository("a");
        EXPECT_FALSE(find_linked_blob(session, name, digest(1))->has_value());
        EXPECT_EQ(put(session, 1, BlobPlace::in_store("z", 5)), id);
        const auto healed = find_linked_blob(session, name, digest(1));
        ASSERT_TRUE(healed && *healed);
        EXPECT_EQ((*healed)->location, "z");
        EXPECT_EQ(is_linked_anywhere(session, id), true);
        EXPECT_EQ(mark_blob_verified(session, id, "z", Timestamp{9}), true);
        EXPECT_EQ(number(session, kVerifiedAt, {id}), 9);
    });
}

TEST_F(StoredBlobs, ACondemnedOneCanBeDamagedOneThatIsBeingDeletedCannot) {
    write([](db::Session& session) {
        const std::int64_t id = put(session, 1, BlobPlace::in_store("x", 5));
        EXPECT_EQ(is_linked_anywhere(session, id), false);
        ASSERT_TRUE(session.execute(kSetState, {id, 2}));
        EXPECT_EQ(mark_blob_damaged(session, id, "x"), false);
        ASSERT_TRUE(session.execute(kSetState, {id, 1}));
        EXPECT_EQ(mark_blob_damaged(session, id, "x"), true);
    });
}

}  // namespace
}  // namespace berth::meta
