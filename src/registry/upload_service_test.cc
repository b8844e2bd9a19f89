// SPDX-License-Identifier: Apache-2.0
#include "registry/upload_service.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <cerrno>
#include <string>
#include <vector>

#include "registry/testing/registry_fixture.h"

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

TEST_F(UploadServiceTest, DigestOfTheOtherAlgorithm) {
    auto hold = begin().value();
    ASSERT_TRUE(append(*hold, "hello"));
    ASSERT_TRUE(commit(*hold, sha512("hello")));
    EXPECT_EQ(pull("app", sha512("hello")), "hello");
    EXPECT_EQ(pull("app", sha256("hello")), "[blob_unknown]");
}

TEST_F(UploadServiceTest, WrongDigestStoresNothingAndKeepsTheSession) {
    auto hold = begin().value();
    ASSERT_TRUE(append(*hold, "hello"));
    EXPECT_EQ(commit(*hold, sha256("other")).error().code, Errc::digest_invalid);
    EXPECT_EQ(commit(*hold, sha512("other")).error().code, Errc::digest_invalid);
    const std::string id = hold->id();
    hold.reset();
    hold = acquire(id).value();
    EXPECT_EQ(hold->offset(), 5U);
    EXPECT_EQ(files_below("blobs"), 0U);
    ASSERT_TRUE(append(*hold, "!"));
    ASSERT_TRUE(commit(*hold, sha256("hello!")));
    EXPECT_EQ(pull("app", sha256("hello!")), "hello!");
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

TEST_F(UploadServiceTest, CancelRemovesSessionAndBytes) {
    auto hold = begin().value();
    const std::string id = hold->id();
    ASSERT_TRUE(append(*hold, "hello"));
    ASSERT_TRUE(run_task(hold->cancel()));
    hold.reset();
    EXPECT_EQ(files_below("uploads"), 0U);
    EXPECT_EQ(acquire(id).error().code, Errc::upload_unknown);
    restart();
    EXPECT_EQ(acquire(id).error().code, Errc::upload_unknown);
}

TEST_F(UploadServiceTest, PresentContentIsStoredOnce) {
    ASSERT_TRUE(push("app", "hello"));
    ASSERT_TRUE(push("app", "hello"));
    ASSERT_TRUE(push("other", "hello"));
    EXPECT_EQ(files_below("blobs"), 1U);
    EXPECT_EQ(files_below("uploads"), 0U);
    EXPECT_EQ(pull("other", sha256("hello")), "hello");
}

TEST_F(UploadServiceTest, PushesOfOneDigestAtOnceStoreItOnce) {
    std::vector<std::unique_ptr<UploadHold>> holds;
    for (int i = 0; i < 4; ++i) {
        holds.push_back(begin("app" + std::to_string(i)).value());
        ASSERT_TRUE(append(*holds.back(), "hello"));
    }
    std::size_t succeeded = 0;
    const oci::Digest digest = sha256("hello");
    for (const auto& hold : holds) {
        auto done = [&succeeded](const std::exception_ptr& thrown, const Result<void>& committed) {
            succeeded += thrown == nullptr && committed ? 1 : 0;
        };
        boost::asio::co_spawn(io::test_loop(), hold->commit(digest), done);
    }
    io::test_loop().restart();
    io::test_loop().run();
    EXPECT_EQ(succeeded, holds.size());
    EXPECT_EQ(files_below("blobs"), 1U);
    EXPECT_EQ(pull("app3", digest), "hello");
}

TEST_F(UploadServiceTest, RepeatedPushHealsAMissingCopy) {
    ASSERT_TRUE(push("app", "hello"));
    std::filesystem::remove(only_object());
    EXPECT_EQ(pull("app", sha256("hello")), "[corrupt]");
    ASSERT_TRUE(push("other", "hello"));
    EXPECT_EQ(pull("app", sha256("hello")), "hello");
    EXPECT_EQ(pull("other", sha256("hello")), "hello");
}

TEST_F(UploadServiceTest, RepeatedPushHealsAShortCopy) {
    ASSERT_TRUE(push("app", "hello"));
    const std::filesystem::path damaged = only_object();
    std::filesystem::resize_file(damaged, 2);
    EXPECT_EQ(pull("app", sha256("hello")), "[corrupt]");
    ASSERT_TRUE(push("app", "hello"));
    EXPECT_EQ(pull("app", sha256("hello")), "hello");
    EXPECT_NE(only_object(), damaged);
}

TEST_F(UploadServiceTest, SizeIsLimited) {
    Limits limits;
    limits.blob_bytes_max = 8;
    restart(limits);
    auto hold = begin().value();
    ASSERT_TRUE(append(*hold, "12345"));
    EXPECT_EQ(append(*hold, "6789").error().code, Errc::payload_too_large);
    ASSERT_TRUE(append(*hold, "678"));
    ASSERT_TRUE(commit(*hold, sha256("12345678")));
    auto announced =
        run_task(uploads().begin(repository("app"), "", oci::Algorithm::sha256, 9));
    EXPECT_EQ(announced.error().code, Errc::payload_too_large);
}

TEST_F(UploadServiceTest, OldSessionsAreDroppedHeldOnesKept) {
    Limits limits;
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

TEST_F(UploadServiceTest, YoungSessionsAreKept) {
    const std::string id = begin().value()->id();
    EXPECT_EQ(run_task(uploads().expire_sessions()).value(), 0U);
    EXPECT_TRUE(acquire(id));
}

TEST_F(UploadServiceTest, FullDiskKeepsTheSession) {
    auto hold = begin().value();
    ASSERT_TRUE(append(*hold, "hello "));
    registry_->files.fail_at(FileCall::write, 1, ENOSPC);
    EXPECT_EQ(append(*hold, "world").error().code, Errc::disk_full);
    const std::string id = hold->id();
    hold.reset();
    hold = acquire(id).value();
    EXPECT_EQ(hold->offset(), 6U);
    ASSERT_TRUE(append(*hold, "world"));
    registry_->files.fail_at(FileCall::rename, 1, ENOSPC);
    EXPECT_EQ(commit(*hold, sha256("hello world")).error().code, Errc::disk_full);
    ASSERT_TRUE(commit(*hold, sha256("hello world")));
    EXPECT_EQ(pull("app", sha256("hello world")), "hello world");
}

TEST_F(UploadServiceTest, FailedSyncEndsTheSession) {
    for (const bool in_commit : {false, true}) {
        auto hold = begin().value();
        const std::string id = hold->id();
        ASSERT_TRUE(append(*hold, "hello"));
        registry_->files.fail_at(FileCall::sync, 1, EIO);
        const Result<void> failed = in_commit ? commit(*hold, sha256("hello")) : sync(*hold);
        EXPECT_EQ(failed.error().code, Errc::io_error);
        EXPECT_EQ(append(*hold, "!").error().code, Errc::upload_unknown);
        hold.reset();
        EXPECT_EQ(acquire(id).error().code, Errc::upload_unknown);
        EXPECT_EQ(files_below("uploads"), 0U);
        EXPECT_EQ(files_below("blobs"), 0U);
    }
    EXPECT_TRUE(push("app", "hello"));
}

TEST_F(UploadServiceTest, DatabaseThatIsFullKeepsTheSession) {
    auto hold = begin().value();
    ASSERT_TRUE(append(*hold, "hello"));
    registry_->database.fail_write(1, Errc::disk_full);
    EXPECT_EQ(commit(*hold, sha256("hello")).error().code, Errc::disk_full);
    EXPECT_EQ(files_below("blobs"), 0U);
    EXPECT_EQ(pull("app", sha256("hello")), "[blob_unknown]");
    EXPECT_EQ(hold->offset(), 5U);
    ASSERT_TRUE(commit(*hold, sha256("hello")));
    EXPECT_EQ(pull("app", sha256("hello")), "hello");
}

TEST_F(UploadServiceTest, BytesOfADoubtfulTransactionStay) {
    auto hold = begin().value();
    const std::string id = hold->id();
    ASSERT_TRUE(append(*hold, "hello"));
    registry_->database.fail_write(1, Errc::io_error);
    EXPECT_EQ(commit(*hold, sha256("hello")).error().code, Errc::io_error);
    hold.reset();
    EXPECT_EQ(files_below("blobs"), 1U) << "a row written after all would point at nothing";
    EXPECT_EQ(acquire(id).error().code, Errc::upload_unknown);
    EXPECT_TRUE(push("app", "hello"));
}

TEST_F(UploadServiceTest, FailedBeginLeavesNothing) {
    registry_->database.fail_write(1, Errc::disk_full);
    EXPECT_EQ(begin().error().code, Errc::disk_full);
    registry_->files.fail_at(FileCall::open, 1, ENOSPC);
    EXPECT_EQ(begin().error().code, Errc::disk_full);
    EXPECT_EQ(files_below("uploads"), 0U);
    EXPECT_TRUE(push("app", "hello"));
}

TEST_F(UploadServiceTest, HoldMayOutliveItsService) {
    auto service = std::make_unique<UploadService>(registry_->database, *registry_->store, Limits());
    auto hold = run_task(service->begin(repository("app"), "alice", oci::Algorithm::sha256, 3));
    ASSERT_TRUE(hold);
    service.reset();
    EXPECT_EQ((*hold)->offset(), 0U);
}

}  // namespace
}  // namespace berth::registry
