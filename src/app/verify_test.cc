// SPDX-License-Identifier: Apache-2.0
#include "app/verify.h"

#include "app/testing/verify_fixture.h"

namespace berth::app {
namespace {

class VerifyWholeTest : public VerifyTest {};

TEST_F(VerifyWholeTest, WholeIsClean) {
    const boost::json::object report = verify();
    EXPECT_EQ(found(report), Kinds());
    const auto& checked = report.at("checked").as_object();
    EXPECT_EQ(checked.at("blobs").to_number<int>(), 5);
    EXPECT_EQ(checked.at("blobs_in_catalog").to_number<int>(), 1);
    EXPECT_EQ(checked.at("objects").to_number<int>(), 4);
    EXPECT_EQ(checked.at("manifests").to_number<int>(), 1);
    EXPECT_EQ(report.at("notes").as_array().size(), 0U);
    EXPECT_EQ(found({"--quick"}), Kinds());
}

}  // namespace
}  // namespace berth::app
