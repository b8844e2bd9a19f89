// SPDX-License-Identifier: Apache-2.0
#include "meta/backup_copy.h"

#include "meta/blobs.h"
#include "meta/testing/catalog_fixture.h"
#include "meta/uploads.h"

#include <gtest/gtest.h>

namespace berth::meta {
namespace {

using testing::digest;

constexpr db::Sql kSetState("UPDATE blobs SET state = $2 WHERE id = $1");
constexpr db::Sql kBlobs("SELECT count(*) FROM blobs");
constexpr db::Sql kUploads("SELECT count(*) FROM uploads");

class BackupCopy : public testing::CatalogTest {};

TEST_F(BackupCopy, HasNoSessionsAndNoGarbage) {
    write([](db::Session& session) {
        const RepositoryId home = ensure(session, "a");
        for (std::uint32_t state = 0; state <= 3; ++state) {
            for (const bool linked : {true, false}) {
                const auto row = put_blob(session, digest(2 * state + (linked ? 1 : 0)),
                                          BlobPlace::in_store("x", 5), Timestamp{1});
                ASSERT_TRUE(row);
                if (linked) {
                    ASSERT_TRUE(link_blob(session, home, row->id, Timestamp{1}));
                }
                ASSERT_TRUE(session.execute(kSetState, {row->id, std::int64_t{state}}));
            }
        }
        ASSERT_TRUE(
            put_blob(session, digest(99), BlobPlace::in_catalog(as_bytes("abc")), Timestamp{1}));
        UploadRow upload;
        upload.id = "one";
        ASSERT_TRUE(insert_upload(session, upload));
        put(session, home, digest(1), testing::image());
        label(session, home, "v1", digest(1));
        ASSERT_TRUE(strip_for_backup(session));
        EXPECT_EQ(number(session, kUploads), 0);
        EXPECT_EQ(number(session, kBlobs), 6);
        const auto totals = catalog_totals(session);
        ASSERT_TRUE(totals);
        EXPECT_EQ(totals->repositories, 1U);
        EXPECT_EQ(totals->manifests, 1U);
        EXPECT_EQ(totals->tags, 1U);
        EXPECT_EQ(totals->blobs, 4U);
        EXPECT_EQ(totals->blobs_in_catalog, 1U);
        EXPECT_EQ(totals->bytes_in_files, 15U);
        EXPECT_EQ(totals->schema, migrations().back().version);
    });
}

}  // namespace
}  // namespace berth::meta
