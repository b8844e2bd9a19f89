// SPDX-License-Identifier: Apache-2.0
#include "app/testing/verify_fixture.h"
#include "app/verify.h"

namespace berth::app {
namespace {

class VerifyManifestsTest : public VerifyTest {};

TEST_F(VerifyManifestsTest, AnotherByteInAManifest) {
    change(db::Sql("UPDATE manifests SET bytes = CAST(replace(bytes, '2', '3') AS BLOB)"));
    EXPECT_EQ(found(), Kinds{"damaged_manifest"});
    EXPECT_EQ(found({"--repair"}), Kinds{"damaged_manifest: quarantined, waits for a push"});
    EXPECT_EQ(get("v1"), "manifest_unknown");
    EXPECT_EQ(found({"--repair"}), Kinds{"damaged_manifest"});
    EXPECT_EQ(put(text_), "ok");
    EXPECT_EQ(get("v1"), "ok");
    EXPECT_EQ(found(), Kinds());
}

TEST_F(VerifyManifestsTest, AnotherByteInADeletedManifest) {
    change(
        db::Sql("INSERT INTO deleted_manifests (repository, digest, media_type, size,"
                " image_size, artifact_type, created_at, updated_at, list_enabled,"
                " read_enabled, deleted_at, purge_at, deleted_by, bytes)"
                " SELECT 'app', digest, media_type, size, size, '', 0, 0, 1, 1, 0, 0, '', bytes"
                " FROM manifests"));
    EXPECT_EQ(found(), Kinds());
    change(db::Sql("UPDATE deleted_manifests SET bytes = zeroblob(length(bytes))"));
    EXPECT_EQ(found({"--repair"}), Kinds{"damaged_manifest"});
}

TEST_F(VerifyManifestsTest, AMissingRowIsSeenOnWhatPointedAtIt) {
    change(db::Sql("DELETE FROM blob_links"));
    const boost::json::object report = verify();
    EXPECT_EQ(found(report), Kinds());
    EXPECT_EQ(report.at("notes").at(0).at("kind").as_string(), "incomplete_manifest");
}

}  // namespace
}  // namespace berth::app
