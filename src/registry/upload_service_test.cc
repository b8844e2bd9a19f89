// SPDX-License-Identifier: Apache-2.0
#include "registry/upload_service.h"

#include "registry/testing/registry_fixture.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>
#include <string>

namespace berth::registry {
namespace {

using io::FileCall;
using io::run_task;

using UploadServiceTest = RegistryTest;

TEST_F(UploadServiceTest, PushedBlobIsServedWhereItWasPushed) {
    auto hold = begin().value();
    const std::string id = hold->id();
    ASSERT_TRUE(append(*hold, "hello "));
    ASSERT_TRUE(append(*hold, "world"));
    ASSERT_TRUE(sync(*hold));
    EXPECT_EQ(hold->offset(), 11U);
    ASSERT_TRUE(commit(*hold, sha256("hello world")));
    EXPECT_EQ(append(*hold, "x").error().code, Errc::upload_unknown);
    hold.reset();
    EXPECT_EQ(pull("app", sha256("hello world")), "hello world");
    EXPECT_EQ(pull("other", sha256("hello world")), "[blob_unknown]");
    EXPECT_EQ(run_task(blobs().stat(repository("app"), sha256("hello world"))).value(), 11U);
    EXPECT_EQ(acquire(id).error().code, Errc::upload_unknown);
    EXPECT_EQ(files_below("uploads"), 0U);
}

TEST_F(UploadServiceTest, SessionBelongsToRepositoryAndOwner) {
    auto hold = begin().value();
    const std::string id = hold->id();
    EXPECT_EQ(acquire(id).error().code, Errc::conflict);
    EXPECT_EQ(acquire(id, "app", "bob").error().code, Errc::upload_unknown) << "while held";
    hold.reset();
    for (const bool after_restart : {false, true}) {
        if (after_restart) {
            restart();
        }
        EXPECT_EQ(acquire(id, "app", "bob").error().code, Errc::upload_unknown);
        EXPECT_EQ(acquire(id, "other").error().code, Errc::upload_unknown);
        EXPECT_EQ(acquire("7d0c1e52-93ab-4c6f-8e21-5a40b6d7f913").error().code,
                  Errc::upload_unknown);
        EXPECT_EQ(acquire("../../etc/passwd").error().code, Errc::upload_unknown);
        EXPECT_TRUE(acquire(id));
    }
}

TEST_F(UploadServiceTest, SessionOfADeadRequestKeepsItsOffset) {
    auto hold = begin().value();
    const std::string id = hold->id();
    ASSERT_TRUE(append(*hold, "hello "));
    hold.reset();
    hold = acquire(id).value();
    EXPECT_EQ(hold->offset(), 6U);
    ASSERT_TRUE(append(*hold, "world"));
    ASSERT_TRUE(commit(*hold, sha256("hello world")));
}

TEST_F(UploadServiceTest, SessionSurvivesARestart) {
    auto hold = begin().value();
    const std::string id = hold->id();
    ASSERT_TRUE(append(*hold, "hello "));
    ASSERT_TRUE(sync(*hold));
    hold.reset();
    restart();
    hold = acquire(id).value();
    EXPECT_EQ(hold->offset(), 6U);
    ASSERT_TRUE(append(*hold, "world"));
    ASSERT_TRUE(commit(*hold, sha256("hello world")));
    EXPECT_EQ(pull("app", sha256("hello world")), "hello world");
}

TEST_F(UploadServiceTest, SizeIsLimited) {
    Limits limits = files_only();
    limits.blob_bytes_max = 8;
    restart(limits);
    auto hold = begin().value();
    ASSERT_TRUE(append(*hold, "12345"));
    EXPECT_EQ(append(*hold, "6789").error().code, Errc::payload_too_large);
    ASSERT_TRUE(append(*hold, "678"));
    ASSERT_TRUE(commit(*hold, sha256("12345678")));
    auto announced = run_task(uploads().begin(repository("app"), "", oci::Algorithm::sha256, 9));
    EXPECT_EQ(announced.error().code, Errc::payload_too_large);
}

TEST_F(UploadServiceTest, OldSessionsAreDroppedHeldOnesKept) {
    Limits limits = files_only();
    limits.upload_age_max = std::chrono::seconds(0);
    restart(limits);
    auto held = begin().value();
    ASSERT_TRUE(append(*held, "held"));
    const std::string idle = begin().value()->id();
    EXPECT_EQ(run_task(uploads().expire_sessions()).value(), 1U);
    EXPECT_EQ(acquire(idle).error().code, Errc::upload_unknown);
    EXPECT_EQ(files_below("uploads"), 1U);
    ASSERT_TRUE(commit(*held, sha256("held")));
    EXPECT_EQ(run_task(uploads().expire_sessions()).value(), 0U);
}

TEST_F(UploadServiceTest, AnOldSessionWhoseBytesStayKeepsNoOther) {
    Limits limits = files_only();
    limits.upload_age_max = std::chrono::seconds(0);
    restart(limits);
    for (int i = 0; i < 3; ++i) {
        auto hold = begin().value();
        ASSERT_TRUE(append(*hold, "hello"));
    }
    registry_->files.fail_at(FileCall::remove, 1, EIO);
    EXPECT_EQ(run_task(uploads().expire_sessions()).error().code, Errc::io_error);
    EXPECT_EQ(files_below("uploads"), 1U);
    EXPECT_EQ(run_task(uploads().expire_sessions()).value(), 1U) << "it comes up again";
    EXPECT_EQ(files_below("uploads"), 0U);
}

TEST_F(UploadServiceTest, YoungSessionsAreKept) {
    const std::string id = begin().value()->id();
    EXPECT_EQ(run_task(uploads().expire_sessions()).value(), 0U);
    EXPECT_TRUE(acquire(id));
}

TEST_F(UploadServiceTest, FailedBeginLeavesNothing) {
    registry_->database.fail_write(1, Errc::disk_full);
    EXPECT_EQ(begin().error().code, Errc::disk_full);
    registry_->files.fail_at(FileCall::open, 1, ENOSPC);
    const auto announced =
        run_task(uploads().begin(repository("app"), "alice", oci::Algorithm::sha256, 5));
    EXPECT_EQ(announced.error().code, Errc::disk_full);
    EXPECT_EQ(files_below("uploads"), 0U);
    EXPECT_TRUE(push("app", "hello"));
}

TEST_F(UploadServiceTest, HoldMayOutliveItsService) {
    auto service =
        std::make_unique<UploadService>(registry_->database, *registry_->store, Limits());
    auto hold = run_task(service->begin(repository("app"), "alice", oci::Algorithm::sha256, 3));
    ASSERT_TRUE(hold);
    service.reset();
    EXPECT_EQ((*hold)->offset(), 0U);
}

TEST_F(UploadServiceTest, BytesWithoutASessionAreDroppedOthersStay) {
    auto hold = begin().value();
    ASSERT_TRUE(append(*hold, "hello"));
    const auto orphan = directory_.path() / "uploads" / "00000000-0000-4000-8000-000000000000";
    std::ofstream(orphan) << "left behind";
    EXPECT_EQ(run_task(uploads().drop_orphans()).value(), 1U);
    EXPECT_FALSE(std::filesystem::exists(orphan));
    EXPECT_EQ(hold->offset(), 5U);
    EXPECT_TRUE(commit(*hold, sha256("hello")));
}

}  // namespace
}  // namespace berth::registry
