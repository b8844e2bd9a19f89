// SPDX-License-Identifier: Apache-2.0
#include "telemetry/audit_log.h"

#include "telemetry/testing_audit_folder.h"
#include "telemetry/testing_pipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <thread>

namespace berth::telemetry {
namespace {

using testing::HasSubstr;

class AuditLogTest : public AuditFolder {};

AuditRecord sample_record() {
    AuditRecord record;
    record.time = Timestamp{17'101'453'610'010'264};
    record.event = "change";
    record.result = "done";
    record.principal = "ci";
    record.kind = "user";
    record.method = "password";
    record.operation = "manifest_put";
    record.repository = "team/app";
    record.reference = "v1";
    record.digest = "sha256:00";
    record.status = 201;
    record.rule = "scope map team: team/*";
    record.address = "192.0.2.1";
    record.user_agent = "docker/27";
    record.correlation_id = "0d1f";
    return record;
}

TEST_F(AuditLogTest, OneObjectALine) {
    {
        const auto log = AuditLog::open(path("audit.log"), 0, nullptr);
        ASSERT_TRUE(log.has_value());
        (*log)->write(sample_record());
        AuditRecord refusal;
        refusal.time = Timestamp{17'101'453'610'000'000};
        refusal.event = "access";
        refusal.result = "challenged";
        (*log)->write(refusal);
    }
    EXPECT_EQ(content("audit.log"),
              R"({"time":"2024-03-11T08:22:41.001Z","event":"change","result":"done",)"
              R"("principal":"ci","kind":"user","method":"password","operation":"manifest_put",)"
              R"("repository":"team/app","reference":"v1","digest":"sha256:00","status":201,)"
              R"("rule":"scope map team: team/*","address":"192.0.2.1","user_agent":"docker/27",)"
              R"("correlation_id":"0d1f"})"
              "\n"
              R"({"time":"2024-03-11T08:22:41.000Z","event":"access","result":"challenged"})"
              "\n");
}

TEST_F(AuditLogTest, ClientsCannotForgeLinesOrMembersAndTextsAreCut) {
    Pipe pipe;
    {
        AuditLog log(pipe.writer());
        AuditRecord record = sample_record();
        record.reference = "x\"}\n{\"event\":\"forged\",\xC2\x85\x1b[2J\xff";
        const std::string endless(10'000, 'a');
        record.user_agent = endless;
        log.write(record);
    }
    const std::string line = pipe.read_all();
    EXPECT_EQ(std::ranges::count(line, '\n'), 1);
    EXPECT_THAT(line, HasSubstr(R"("reference":"x\"}\n{\"event\":\"forged\",\u0085\u001b[2J)"));
    EXPECT_THAT(line, HasSubstr("\"" + std::string(256, 'a') + "\""));
}

TEST_F(AuditLogTest, IsForItsOwnerOnlyAndIsAppendedTo) {
    for (int i = 0; i < 2; ++i) {
        const auto log = AuditLog::open(path("audit.log"), 0, nullptr);
        ASSERT_TRUE(log.has_value());
        (*log)->write(sample_record());
    }
    struct stat status{};
    ASSERT_EQ(::stat(path("audit.log").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    const std::string lines = content("audit.log");
    EXPECT_EQ(std::ranges::count(lines, '\n'), 2);
}

TEST_F(AuditLogTest, WhatCannotBeOpenedIsAnError) {
    EXPECT_FALSE(AuditLog::open(path("missing/audit.log"), 0, nullptr).has_value());
    EXPECT_FALSE(AuditLog::open(folder_.string(), 0, nullptr).has_value());
    EXPECT_FALSE(AuditLog::open("/dev/null", 0, nullptr).has_value());
    ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
    EXPECT_FALSE(AuditLog::open(path("fifo"), 0, nullptr).has_value());
}

TEST_F(AuditLogTest, ReopensAfterARename) {
    const auto log = AuditLog::open(path("audit.log"), 0, nullptr);
    ASSERT_TRUE(log.has_value());
    std::filesystem::rename(path("audit.log"), path("old"));
    EXPECT_TRUE((*log)->reopen().has_value());
    EXPECT_TRUE(std::filesystem::exists(path("audit.log")));
    std::filesystem::remove(path("audit.log"));
    std::filesystem::create_directory(path("audit.log"));
    EXPECT_FALSE((*log)->reopen().has_value());
}

TEST_F(AuditLogTest, LinesThatDoNotFitAreCountedAndTold) {
    Pipe pipe;  // nobody reads
    AuditLog log(pipe.writer());
    AuditRecord record = sample_record();
    const std::string agent(256, 'a');
    record.user_agent = agent;
    for (int i = 0; i < 20'000; ++i) {
        log.write(record);
    }
    const auto kept = static_cast<std::ptrdiff_t>(20'000 - log.dropped());
    EXPECT_LT(kept, 20'000);
    pipe.read_lines(kept);
    log.write(record);
    const std::string lines = pipe.read_lines(kept + 2);
    EXPECT_THAT(lines, HasSubstr(R"("event":"audit_lines_lost","count":)"));
}

TEST_F(AuditLogTest, TheLogHearsOfAFullDisk) {
    Pipe pipe;
    Logger logger(LogFormat::text, Level::info, pipe.writer());
    const auto log = AuditLog::open(path("audit.log"), 0, &logger);
    ASSERT_TRUE(log.has_value());
    {
        const FileSizeLimit limit(0);
        (*log)->write(sample_record());
        EXPECT_THAT(pipe.read_lines(1), HasSubstr("audit_write_failed lines_lost=1"));
    }
    EXPECT_EQ((*log)->dropped(), 1U);
    (*log)->write(sample_record());
    while (content("audit.log").find("audit_lines_lost") == std::string::npos) {
        std::this_thread::yield();
    }
    EXPECT_THAT(content("audit.log"), HasSubstr(R"("event":"audit_lines_lost","count":1)"));
}

}  // namespace
}  // namespace berth::telemetry
