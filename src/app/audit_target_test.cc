// SPDX-License-Identifier: Apache-2.0
#include "app/audit_target.h"

#include "io/testing/temporary_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace berth::app {
namespace {

using testing::HasSubstr;

std::string content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

class AuditTargetTest : public testing::Test {
  protected:
    AuditTargetTest() { config_.data = directory_.path().string(); }

    io::TemporaryDirectory directory_;
    Config config_;
    telemetry::Logger log_{telemetry::LogFormat::text, telemetry::Level::error};
};

TEST_F(AuditTargetTest, InTheDataDirectoryUnlessToldOtherwise) {
    EXPECT_NE(open_audit_log(config_, log_).value(), nullptr);
    EXPECT_TRUE(std::filesystem::exists(directory_.path() / "audit.log"));
    config_.audit.target = (directory_.path() / "elsewhere").string();
    EXPECT_NE(open_audit_log(config_, log_).value(), nullptr);
    EXPECT_TRUE(std::filesystem::exists(directory_.path() / "elsewhere"));
}

TEST_F(AuditTargetTest, Off) {
    config_.audit.target = "off";
    EXPECT_EQ(open_audit_log(config_, log_).value(), nullptr);
    config_.audit.target = "";
    config_.in_memory = true;
    EXPECT_EQ(open_audit_log(config_, log_).value(), nullptr);
    EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
}

TEST_F(AuditTargetTest, WhatCannotBeWrittenIsNotServed) {
    config_.audit.target = (directory_.path() / "missing" / "audit.log").string();
    EXPECT_FALSE(open_audit_log(config_, log_).has_value());
    EXPECT_FALSE(ManagementAudit::open(config_).has_value());
}

TEST_F(AuditTargetTest, CommandsAppendBesideTheServer) {
    const auto servers = open_audit_log(config_, log_);
    ASSERT_TRUE(servers.has_value());
    {
        auto commands = ManagementAudit::open(config_);
        ASSERT_TRUE(commands.has_value());
        commands->done("user_create", "alice");
    }
    const std::string line = content(directory_.path() / "audit.log");
    EXPECT_THAT(line, HasSubstr(R"("event":"management","result":"done","principal":")"));
    EXPECT_THAT(line,
                HasSubstr(R"("kind":"operator","operation":"user_create","subject":"alice"})"));
}

}  // namespace
}  // namespace berth::app
