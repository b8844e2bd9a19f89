// SPDX-License-Identifier: Apache-2.0
//
// Bytes that rot: what a pull notices, and what a push heals.
#include "meta/blobs.h"
#include "meta/stored_blobs.h"
#include "meta/stored_manifests.h"
#include "registry/testing/metadata_fixture.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace berth::registry {
namespace {

using io::run_task;

constexpr db::Sql kRotBlobs("UPDATE blobs SET bytes = CAST('rot' || substr(bytes, 4) AS BLOB)");
constexpr db::Sql kRotManifests(
    "UPDATE manifests SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) || ' ' AS BLOB)");

/// Small blobs in the catalog, one manifest with a tag.
class DamageTest : public MetadataTest {
  protected:
    DamageTest() {
        Limits limits;
        limits.inline_blob_bytes_max = 16;
        restart(limits);
        EXPECT_TRUE(push("app", kSmall));
        EXPECT_EQ(put(text_, {"v1"}), "ok");
    }

    void change(const db::Sql& sql) {
        auto work = [&sql](db::Session& session) { return session.execute(sql, {}); };
        ASSERT_TRUE(run_task(registry_->database.write(work)));
    }

    void mark_damaged(std::string_view content) {
        const oci::Digest digest = sha256(content);
        auto work = [&digest](db::Session& session) -> Result<bool> {
            BERTH_TRY(const auto row, meta::find_blob(session, digest));
            return row ? meta::mark_blob_damaged(session, row->id, row->location) : false;
        };
        EXPECT_EQ(run_task(registry_->database.write(work)), true);
    }

    std::string stat(std::string_view content) {
        return outcome(run_task(blobs().stat(repository("app"), sha256(content))));
    }

    const std::string kSmall = "small blob";
    const std::string text_ = image(kConfig, "layer");
};

TEST_F(DamageTest, ABlobInTheCatalogIsNeverServedDamaged) {
    EXPECT_EQ(pull("app", sha256(kSmall)), kSmall);
    change(kRotBlobs);
    EXPECT_EQ(pull("app", sha256(kSmall)), "[corrupt]");
    EXPECT_EQ(stat(kSmall), "corrupt");
    ASSERT_TRUE(push("app", kSmall));
    EXPECT_EQ(pull("app", sha256(kSmall)), kSmall);
}

TEST_F(DamageTest, ALongerBlobTakesThePlaceOfADamagedOneInTheCatalogToo) {
    change(kRotBlobs);
    restart(files_only());
    ASSERT_TRUE(push("other", kSmall));
    EXPECT_EQ(pull("other", sha256(kSmall)), kSmall);
    EXPECT_EQ(pull("app", sha256(kSmall)), kSmall);
}

TEST_F(DamageTest, AManifestIsNeverServedDamaged) {
    EXPECT_EQ(get("v1"), "ok");
    change(kRotManifests);
    EXPECT_EQ(get("v1"), "corrupt");
    EXPECT_EQ(get(sha256(text_).text()), "corrupt");
}

TEST_F(DamageTest, AManifestWhoseBytesWereTakenAwayIsUnknownUntilItIsPushed) {
    auto empty = [](db::Session& session) { return meta::empty_manifest(session, 1); };
    EXPECT_EQ(run_task(registry_->database.write(empty)), true);
    EXPECT_EQ(get("v1"), "manifest_unknown");
    EXPECT_EQ(get(sha256(text_).text()), "manifest_unknown");
    EXPECT_EQ(put(text_), "ok");
    EXPECT_EQ(get("v1"), "ok");
    EXPECT_EQ(repository_row().manifest_count, 1);
}

TEST_F(DamageTest, AMarkedBlobIsUnknownAndAPushHealsItEverywhere) {
    ASSERT_EQ(mount("layer", "copy", "app"), "mounted");
    mark_damaged("layer");
    EXPECT_EQ(stat("layer"), "blob_unknown");
    EXPECT_EQ(pull("copy", sha256("layer")), "[blob_unknown]");
    EXPECT_EQ(mount("layer", "third", "app"), "not mounted");
    EXPECT_EQ(put(image(kConfig, "layer", "a new one")), "manifest_blob_unknown");
    ASSERT_TRUE(push("app", "layer"));
    EXPECT_EQ(pull("copy", sha256("layer")), "layer");
    EXPECT_EQ(pull("app", sha256("layer")), "layer");
    EXPECT_EQ(put(image(kConfig, "layer", "a new one")), "ok");
}

TEST_F(DamageTest, QuarantineTakesTheObjectAndThePushBringsANewOne) {
    const oci::Digest digest = sha256("other layer");
    auto find = [&digest](db::Session& session) { return meta::find_blob(session, digest); };
    const blob::Location location(run_task(registry_->database.read(find)).value()->location);
    mark_damaged("other layer");
    EXPECT_EQ(run_task(registry_->store->quarantine(location)), true);
    EXPECT_EQ(run_task(registry_->store->quarantine(location)), false);
    EXPECT_EQ(files_below("quarantine"), 1U);
    ASSERT_TRUE(push("app", "other layer"));
    EXPECT_EQ(pull("app", digest), "other layer");
    EXPECT_EQ(files_below("quarantine"), 1U);
}

}  // namespace
}  // namespace berth::registry
