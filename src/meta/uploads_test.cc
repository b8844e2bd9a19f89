// SPDX-License-Identifier: Apache-2.0
#include "meta/uploads.h"

#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

namespace berth::meta {
namespace {

class Uploads : public testing::CatalogTest {
  protected:
    static UploadRow row(std::string id, std::int64_t ticks) {
        UploadRow upload;
        upload.id = std::move(id);
        upload.repository = "library/alpine";
        upload.owner = "admin";
        upload.algorithm = oci::Algorithm::sha512;
        upload.started_at = Timestamp{ticks};
        return upload;
    }
};

TEST_F(Uploads, AreFoundAndRemovedOnce) {
    write([](db::Session& session) {
        ASSERT_TRUE(insert_upload(session, row("u1", 5)));
        const auto found = find_upload(session, "u1");
        ASSERT_TRUE(found && *found);
        EXPECT_EQ((*found)->id, "u1");
        EXPECT_EQ((*found)->repository, "library/alpine");
        EXPECT_EQ((*found)->owner, "admin");
        EXPECT_EQ((*found)->algorithm, oci::Algorithm::sha512);
        EXPECT_EQ((*found)->started_at, Timestamp{5});

        EXPECT_EQ(remove_upload(session, "u1"), true);
        EXPECT_EQ(remove_upload(session, "u1"), false);
        const auto gone = find_upload(session, "u1");
        ASSERT_TRUE(gone);
        EXPECT_FALSE(*gone);
    });
}

TEST_F(Uploads, KeepTheBytesOfASessionWithoutAFile) {
    write([](db::Session& session) {
        ASSERT_TRUE(insert_upload(session, row("u1", 5)));
        EXPECT_EQ((*find_upload(session, "u1"))->bytes, "");
        const std::string bytes("a\0b", 3);
        ASSERT_TRUE(keep_upload_bytes(session, "u1", as_bytes(bytes)));
        ASSERT_TRUE(touch_upload(session, "u1", Timestamp{6}));
        EXPECT_EQ((*find_upload(session, "u1"))->bytes, bytes);
        ASSERT_TRUE(keep_upload_bytes(session, "u1", ByteView()));
        EXPECT_EQ((*find_upload(session, "u1"))->bytes, "");
        const auto gone = keep_upload_bytes(session, "u2", as_bytes(bytes));
        ASSERT_FALSE(gone);
        EXPECT_EQ(gone.error().code, Errc::upload_unknown);
    });
}

TEST_F(Uploads, KeepTheOffsetOfASessionWithAFile) {
    write([](db::Session& session) {
        ASSERT_TRUE(insert_upload(session, row("u1", 5)));
        EXPECT_EQ((*find_upload(session, "u1"))->synced, 0U);
        ASSERT_TRUE(keep_upload_bytes(session, "u1", as_bytes("abc")));
        ASSERT_TRUE(keep_upload_offset(session, "u1", 70'000));
        EXPECT_EQ((*find_upload(session, "u1"))->synced, 70'000U);
        EXPECT_EQ((*find_upload(session, "u1"))->bytes, "");
        EXPECT_EQ(keep_upload_offset(session, "u2", 1).error().code, Errc::upload_unknown);
    });
}

TEST_F(Uploads, TheSameIdTwiceIsAConflict) {
    write([](db::Session& session) {
        ASSERT_TRUE(insert_upload(session, row("u1", 5)));
        const auto again = insert_upload(session, row("u1", 6));
        ASSERT_FALSE(again);
        EXPECT_EQ(again.error().code, Errc::conflict);
    });
}

TEST_F(Uploads, ExpireByTheirLastTouchOldestFirst) {
    write([](db::Session& session) {
        ASSERT_TRUE(insert_upload(session, row("a", 30)));
        ASSERT_TRUE(insert_upload(session, row("b", 20)));
        ASSERT_TRUE(insert_upload(session, row("c", 10)));
        ASSERT_TRUE(touch_upload(session, "c", Timestamp{25}));
        using Ids = std::vector<std::string>;
        EXPECT_EQ(expired_uploads(session, Timestamp{30}, 10), (Ids{"b", "c"}));
        EXPECT_EQ(expired_uploads(session, Timestamp{31}, 2), (Ids{"b", "c"}));
        EXPECT_EQ(expired_uploads(session, Timestamp{20}, 10), Ids{});
        const auto touched = find_upload(session, "c");
        ASSERT_TRUE(touched && *touched);
        EXPECT_EQ((*touched)->started_at, Timestamp{10});
    });
}

TEST_F(Uploads, AreCountedByOwnerUpToALimit) {
    write([](db::Session& session) {
        for (const char* id : {"u1", "u2", "u3"}) {
            ASSERT_TRUE(insert_upload(session, row(id, 5)));
        }
        UploadRow other = row("u4", 5);
        other.owner = "";
        ASSERT_TRUE(insert_upload(session, other));
        EXPECT_EQ(count_uploads(session, "admin", 10), 3U);
        EXPECT_EQ(count_uploads(session, "admin", 2), 2U);
        EXPECT_EQ(count_uploads(session, "", 10), 1U);
        EXPECT_EQ(count_uploads(session, "nobody", 10), 0U);
    });
}

}  // namespace
}  // namespace berth::meta
