// SPDX-License-Identifier: Apache-2.0
#include "meta/blobs.h"

#include "meta/garbage.h"
#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

namespace berth::meta {
namespace {

using testing::digest;
using testing::repository;

constexpr db::Sql kSetState("UPDATE blobs SET state = $2 WHERE id = $1");
constexpr db::Sql kTouched("SELECT touched_at FROM blob_links WHERE blob_id = $1");
constexpr db::Sql kLinked("SELECT linked_at FROM blob_links WHERE blob_id = $1");

class Blobs : public testing::CatalogTest {
  protected:
    static BlobRow put(db::Session& session, std::uint32_t number, const std::string& location,
                       std::uint64_t size = 7) {
        const auto row =
            put_blob(session, digest(number), BlobPlace::in_store(location, size), Timestamp{1});
        EXPECT_TRUE(row) << row.error().log_detail;
        return row.value_or(StoredBlob());
    }
};

TEST_F(Blobs, AreServedOnlyWhereLinked) {
    write([](db::Session& session) {
        const BlobRow blob = put(session, 1, "here", 1ULL << 40);
        const RepositoryId mine = ensure(session, "mine");
        ensure(session, "other");
        ASSERT_TRUE(link_blob(session, mine, blob.id, Timestamp{2}));

        const auto found = find_linked_blob(session, repository("mine"), digest(1));
        ASSERT_TRUE(found && *found);
        EXPECT_EQ((*found)->id, blob.id);
        EXPECT_EQ((*found)->size, 1ULL << 40);
        EXPECT_EQ((*found)->location, "here");
        for (const char* name : {"other", "absent"}) {
            const auto unlinked = find_linked_blob(session, repository(name), digest(1));
            ASSERT_TRUE(unlinked);
            EXPECT_FALSE(*unlinked) << name;
        }
        const auto anywhere = find_blob(session, digest(1));
        ASSERT_TRUE(anywhere && *anywhere);
        EXPECT_EQ((*anywhere)->id, blob.id);
        const auto absent =
            find_linked_blob(session, repository("mine"), digest(1, oci::Algorithm::sha512));
        ASSERT_TRUE(absent);
        EXPECT_FALSE(*absent);
    });
}

TEST_F(Blobs, AReadLockOfTheRepositoryShows) {
    write([](db::Session& session) {
        const BlobRow blob = put(session, 1, "here");
        EXPECT_TRUE(blob.readable);
        for (const char* name : {"open", "closed"}) {
            ASSERT_TRUE(link_blob(session, ensure(session, name), blob.id, Timestamp{2}));
        }
        const AttributesChange close{.read_enabled = false};
        ASSERT_TRUE(change_repository(session, ensure(session, "closed"), close, std::nullopt));
        EXPECT_TRUE((*find_linked_blob(session, repository("open"), digest(1)))->readable);
        EXPECT_FALSE((*find_linked_blob(session, repository("closed"), digest(1)))->readable);
        EXPECT_TRUE((*find_blob(session, digest(1)))->readable);
    });
}

TEST_F(Blobs, ALiveRowKeepsItsLocation) {
    write([](db::Session& session) {
        const BlobRow first = put(session, 1, "first");
        const BlobRow second = put(session, 1, "second");
        EXPECT_EQ(second.id, first.id);
        EXPECT_EQ(second.location, "first");
    });
}

TEST_F(Blobs, ARowThatIsNotLiveGetsTheNewBytes) {
    write([](db::Session& session) {
        const std::int64_t id = put(session, 1, "first").id;
        std::string before = "first";
        for (const std::int64_t state : {1, 2, 3}) {  // condemned, deleting, damaged
            ASSERT_TRUE(session.execute(kSetState, {id, state}));
            EXPECT_FALSE(find_blob(session, digest(1))->has_value());
            const std::string location = "after " + std::to_string(state);
            const auto row =
                put_blob(session, digest(1), BlobPlace::in_store(location, 7), Timestamp{5});
            ASSERT_TRUE(row);
            EXPECT_EQ(row->location, location);
            EXPECT_EQ(row->replaced, before);
            EXPECT_EQ(row->id, id);
            EXPECT_TRUE(find_blob(session, digest(1))->has_value());
            before = location;
        }
    });
}

TEST_F(Blobs, WhatIsReplacedStaysWhileBytesAreKept) {
    write([](db::Session& session) {
        const std::int64_t id = put(session, 1, "first").id;
        ASSERT_TRUE(keep_bytes_until(session, "x", Timestamp{10}, Timestamp{1}));
        const BlobPlace place = BlobPlace::in_store("second", 7);
        constexpr std::int64_t kCondemned = 1;
        ASSERT_TRUE(session.execute(kSetState, {id, kCondemned}));
        EXPECT_EQ(put_blob(session, digest(1), place, Timestamp{9})->replaced, "");
        ASSERT_TRUE(session.execute(kSetState, {id, kCondemned}));
        const BlobPlace third = BlobPlace::in_store("third", 7);
        EXPECT_EQ(put_blob(session, digest(1), third, Timestamp{10})->replaced, "second");
    });
}

TEST_F(Blobs, TouchingMovesTheTimeOfALinkToALiveBlob) {
    write([](db::Session& session) {
        const std::int64_t id = put(session, 1, "x").id;
        ASSERT_TRUE(link_blob(session, ensure(session, "mine"), id, Timestamp{2}));
        EXPECT_EQ((*find_linked_blob(session, repository("mine"), digest(1)))->touched.ticks, 2);
        EXPECT_EQ(touch_link(session, repository("mine"), id, Timestamp{9}), true);
        EXPECT_EQ((*find_linked_blob(session, repository("mine"), digest(1)))->touched.ticks, 9);
        EXPECT_EQ(touch_link(session, repository("other"), id, Timestamp{10}), false);
        EXPECT_EQ(touch_link(session, repository("mine"), id + 1, Timestamp{10}), false);
        constexpr std::int64_t kDamaged = 3;
        ASSERT_TRUE(session.execute(kSetState, {id, kDamaged}));
        EXPECT_EQ(touch_link(session, repository("mine"), id, Timestamp{10}), false);
    });
}

TEST_F(Blobs, ASmallOneIsInItsRow) {
    write([](db::Session& session) {
        const std::string bytes("small\0one", 9);
        const auto row =
            put_blob(session, digest(1), BlobPlace::in_catalog(as_bytes(bytes)), Timestamp{1});
        ASSERT_TRUE(row) << row.error().log_detail;
        EXPECT_TRUE(row->in_catalog());
        EXPECT_EQ(row->size, 9U);
        EXPECT_EQ(blob_bytes(session, *row), bytes);
        EXPECT_EQ(put(session, 1, "somewhere", 9).location, kInCatalog);
        const auto empty =
            put_blob(session, digest(2), BlobPlace::in_catalog(ByteView()), Timestamp{1});
        EXPECT_EQ(blob_bytes(session, *empty), "");
    });
}

TEST_F(Blobs, BytesGoAndComeWithTheLocation) {
    write([](db::Session& session) {
        const BlobPlace here = BlobPlace::in_catalog(as_bytes("1234567"));
        BlobRow row = put(session, 1, "damaged");
        EXPECT_FALSE(row.in_catalog());
        EXPECT_EQ(relocate_blob(session, digest(1), "elsewhere", here, Timestamp{2}), false);
        EXPECT_EQ(relocate_blob(session, digest(1), "damaged", here, Timestamp{2}), true);
        row = **find_blob(session, digest(1));
        EXPECT_TRUE(row.in_catalog());
        EXPECT_EQ(blob_bytes(session, row), "1234567");
        constexpr std::int64_t kDeleting = 2;
        ASSERT_TRUE(session.execute(kSetState, {row.id, kDeleting}));
        EXPECT_EQ(put(session, 1, "new").location, "new");
        const auto gone = blob_bytes(session, row);
        ASSERT_FALSE(gone);
        EXPECT_EQ(gone.error().code, Errc::corrupt);
    });
}

TEST_F(Blobs, LinkingAgainOnlyMovesTheTouchTime) {
    write([](db::Session& session) {
        const std::int64_t id = put(session, 1, "x").id;
        const RepositoryId mine = ensure(session, "mine");
        ASSERT_TRUE(link_blob(session, mine, id, Timestamp{2}));
        ASSERT_TRUE(link_blob(session, mine, id, Timestamp{9}));
        EXPECT_EQ(number(session, kTouched, {id}), 9);
        EXPECT_EQ(number(session, kLinked, {id}), 2);
        EXPECT_EQ(unlink_blob(session, mine, id), true);
        EXPECT_EQ(unlink_blob(session, mine, id), false);
        EXPECT_FALSE(find_linked_blob(session, repository("mine"), digest(1))->has_value());
        EXPECT_TRUE(find_blob(session, digest(1))->has_value());
    });
}

TEST_F(Blobs, ALinkNeedsItsBlob) {
    write([](db::Session& session) {
        const auto linked = link_blob(session, ensure(session, "mine"), 999, Timestamp{1});
        ASSERT_FALSE(linked);
        EXPECT_EQ(linked.error().code, Errc::conflict);
    });
}

TEST_F(Blobs, MountCandidatesAreBoundedOldestFirst) {
    write([](db::Session& session) {
        const std::int64_t id = put(session, 1, "x").id;
        for (const char* name : {"zebra", "ant", "moth"}) {
            ASSERT_TRUE(link_blob(session, ensure(session, name), id, Timestamp{1}));
        }
        ensure(session, "bystander");
        using Names = std::vector<std::string>;
        EXPECT_EQ(repositories_linking(session, id, 10), (Names{"zebra", "ant", "moth"}));
        EXPECT_EQ(repositories_linking(session, id, 2), (Names{"zebra", "ant"}));
        EXPECT_EQ(repositories_linking(session, id + 1, 2), Names{});
    });
}

}  // namespace
}  // namespace berth::meta
