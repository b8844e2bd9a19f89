// SPDX-License-Identifier: Apache-2.0
#include "app/testing/verify_fixture.h"
#include "app/verify.h"

namespace berth::app {
namespace {

using registry::sha256;

class VerifyBlobsTest : public VerifyTest {};

TEST_F(VerifyBlobsTest, AnotherByteInAFile) {
    flip(object_of(kLarge));
    EXPECT_EQ(found({"--quick"}), Kinds());
    EXPECT_EQ(found(), Kinds{"damaged_blob"});
    EXPECT_EQ(found({"--repair"}), Kinds{"damaged_blob: quarantined, waits for a push"});
    EXPECT_EQ(files_below("quarantine"), 1U);
    EXPECT_EQ(pull("app", sha256(kLarge)), "[blob_unknown]");
    EXPECT_EQ(found(), Kinds{"lost_blob"});
    ASSERT_TRUE(push("app", kLarge));
    EXPECT_EQ(found(), Kinds());
    EXPECT_EQ(pull("app", sha256(kLarge)), kLarge);
}

TEST_F(VerifyBlobsTest, AShortFileAndNone) {
    std::filesystem::resize_file(object_of(kLarge), 3);
    std::filesystem::remove(object_of("layer"));
    EXPECT_EQ(found({"--quick"}).size(), 2U);
    const auto repaired = found({"--repair"});
    EXPECT_EQ(std::ranges::count(repaired, "damaged_blob: quarantined, waits for a push"), 1);
    EXPECT_EQ(std::ranges::count(repaired, "missing_blob: waits for a push"), 1);
    ASSERT_TRUE(push("app", kLarge));
    ASSERT_TRUE(push("app", "layer"));
    EXPECT_EQ(found(), Kinds());
}

TEST_F(VerifyBlobsTest, AnotherByteInTheCatalog) {
    change(db::Sql("UPDATE blobs SET bytes = x'7878787878' WHERE location = 'catalog'"));
    EXPECT_EQ(found({"--repair"}), Kinds{"damaged_blob: quarantined, waits for a push"});
    EXPECT_EQ(files_below("quarantine"), 1U);
    EXPECT_EQ(pull("app", sha256("small")), "[blob_unknown]");
    ASSERT_TRUE(push("app", "small"));
    EXPECT_EQ(pull("app", sha256("small")), "small");
    EXPECT_EQ(found(), Kinds());
}

}  // namespace
}  // namespace berth::app
