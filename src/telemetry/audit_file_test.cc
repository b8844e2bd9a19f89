// SPDX-License-Identifier: Apache-2.0
#include "telemetry/audit_file.h"

#include "telemetry/testing_audit_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace berth::telemetry {
namespace {

class AuditFileTest : public AuditFolder {};

TEST_F(AuditFileTest, IsPutAsideWhenItIsLarge) {
    const auto file = AuditFile::open(path("audit.log"), 20);
    ASSERT_TRUE(file.has_value());
    EXPECT_EQ((*file)->append("first line\n"), 0U);
    EXPECT_EQ((*file)->append("second\n"), 0U);
    EXPECT_FALSE(std::filesystem::exists(path("audit.log.1")));
    EXPECT_EQ((*file)->append("third\n"), 0U);
    EXPECT_EQ(content("audit.log.1"), "first line\nsecond\n");
    EXPECT_EQ(content("audit.log"), "third\n");
    EXPECT_EQ((*file)->append("longer than what a file may hold\n"), 0U);
    EXPECT_EQ((*file)->append("next\n"), 0U);
    EXPECT_EQ(content("audit.log.1"), "longer than what a file may hold\n");
    EXPECT_EQ(content("audit.log"), "next\n");
}

TEST_F(AuditFileTest, ALineThatAnotherProcessCouldNotEndIsNotMixedWithTheNext) {
    {
        const auto file = AuditFile::open(path("audit.log"), 0);
        ASSERT_TRUE(file.has_value());
        const FileSizeLimit limit(12);
        EXPECT_EQ((*file)->append("first\nsecond, cut\n"), 1U);
    }
    const auto file = AuditFile::open(path("audit.log"), 0);
    ASSERT_TRUE(file.has_value());
    EXPECT_EQ((*file)->append("third\n"), 0U);
    EXPECT_EQ(content("audit.log"), "first\nsecond\nthird\n");
    ASSERT_TRUE((*file)->reopen().has_value());
    EXPECT_EQ((*file)->append("fourth\n"), 0U);
    EXPECT_EQ(content("audit.log"), "first\nsecond\nthird\nfourth\n");
}

TEST_F(AuditFileTest, AFullDiskCostsLinesAndNoLineIsMixedWithAnother) {
    const auto file = AuditFile::open(path("audit.log"), 0);
    ASSERT_TRUE(file.has_value());
    {
        const FileSizeLimit limit(12);
        EXPECT_EQ((*file)->append("first\nsecond, cut\nthird\n"), 2U);
        EXPECT_EQ((*file)->append("fourth\n"), 1U);
    }
    EXPECT_EQ((*file)->append("fifth\n"), 0U);
    EXPECT_EQ(content("audit.log"), "first\nsecond\nfifth\n");
}

}  // namespace
}  // namespace berth::telemetry
