// SPDX-License-Identifier: Apache-2.0
#include "app/testing/verify_fixture.h"
#include "app/verify.h"

namespace berth::app {
namespace {

using registry::sha256;

class VerifyStoreTest : public VerifyTest {};

TEST_F(VerifyStoreTest, FilesThatNoRowNames) {
    const std::filesystem::path object = object_of(kLarge);
    std::string other = object.string();
    other.replace(other.size() - 4, 4, "0000");
    std::filesystem::copy_file(object, other);
    const std::string id = "14e4d9c9-725f-4d86-b36f-5cd2cdbdcfab";
    std::ofstream(directory_.path() / "uploads" / id) << "bytes";
    std::ofstream(object.parent_path() / "notes.txt") << "mine";
    const boost::json::object report = verify({"--repair"});
    const auto kinds = found(report);
    EXPECT_EQ(kinds, (Kinds{"orphan_object: removed", "orphan_upload: removed"}));
    EXPECT_FALSE(std::filesystem::exists(other));
    EXPECT_TRUE(std::filesystem::exists(object));
    EXPECT_TRUE(std::filesystem::exists(object.parent_path() / "notes.txt"));
    EXPECT_EQ(report.at("notes").as_array().size(), 1U);
    EXPECT_EQ(files_below("uploads"), 0U);
    EXPECT_EQ(found(), Kinds());
}

TEST_F(VerifyStoreTest, AnUploadUnderWayIsNoOrphan) {
    auto hold = begin().value();
    ASSERT_TRUE(append(*hold, "more than eight bytes"));
    ASSERT_TRUE(sync(*hold));
    EXPECT_EQ(files_below("uploads"), 1U);
    EXPECT_EQ(found({"--repair"}), Kinds());
    ASSERT_TRUE(commit(*hold, sha256("more than eight bytes")));
    EXPECT_EQ(found(), Kinds());
}

}  // namespace
}  // namespace berth::app
