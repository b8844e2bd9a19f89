// SPDX-License-Identifier: Apache-2.0
#include "app/testing/verify_fixture.h"
#include "app/verify.h"

namespace berth::app {
namespace {

class VerifyCatalogTest : public VerifyTest {};

TEST_F(VerifyCatalogTest, CountersAndReferences) {
    change(db::Sql("UPDATE repositories SET manifest_count = 4, tag_count = 0"));
    EXPECT_EQ(found(), Kinds{"wrong_counter"});
    EXPECT_EQ(found({"--repair"}), Kinds{"wrong_counter: counted again"});
    EXPECT_EQ(found(), Kinds());
    change(db::Sql("DELETE FROM manifest_references WHERE position = 1"));
    EXPECT_EQ(found({"--repair"}), Kinds{"wrong_references"});
}

}  // namespace
}  // namespace berth::app
