// SPDX-License-Identifier: Apache-2.0
#include "registry/upload_hold.h"

#include "registry/testing/registry_fixture.h"

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

namespace berth::registry {
namespace {

using io::FileCall;
using io::run_task;

using UploadHoldTest = RegistryTest;

TEST_F(UploadHoldTest, DigestOfTheOtherAlgorithm) {
    auto hold = begin().value();
    ASSERT_TRUE(append(*hold, "hello"));
    ASSERT_TRUE(commit(*hold, sha512("hello")));
    EXPECT_EQ(pull("app", sha512("hello")), "hello");
    EXPECT_EQ(pull("app", sha256("hello")), "[blob_unknown]");
}

TEST_F(UploadHoldTest, WrongDigestStoresNothingAndKeepsTheSession) {
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

TEST_F(UploadHoldTest, CancelRemovesSessionAndBytes) {
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

TEST_F(UploadHoldTest, AFullDatabaseRefusesACancelAndKeepsTheSession) {
    Limits limits;
    limits.inline_blob_bytes_max = 8;
    restart(limits);
    auto hold = begin().value();
    const std::string id = hold->id();
    ASSERT_TRUE(append(*hold, "hello"));
    ASSERT_TRUE(sync(*hold));
    registry_->database.fail_write(1, Errc::disk_full);
    EXPECT_EQ(run_task(hold->cancel()).error().code, Errc::disk_full);
    hold.reset();
    hold = acquire(id).value();
    registry_->database.fail_write(1, Errc::disk_full);
    ASSERT_TRUE(run_task(hold->settle())) << "it was promised and is where it was";
    EXPECT_FALSE(registry_->database.has_failed());
    EXPECT_EQ(hold->offset(), 5U);
    ASSERT_FALSE(run_task(hold->cancel()));
    ASSERT_TRUE(run_task(hold->cancel()));
    hold.reset();
    EXPECT_EQ(acquire(id).error().code, Errc::upload_unknown);
}

TEST_F(UploadHoldTest, PresentContentIsStoredOnce) {
    ASSERT_TRUE(push("app", "hello"));
    ASSERT_TRUE(push("app", "hello"));
    ASSERT_TRUE(push("other", "hello"));
    EXPECT_EQ(files_below("blobs"), 1U);
    EXPECT_EQ(files_below("uploads"), 0U);
    EXPECT_EQ(pull("other", sha256("hello")), "hello");
}

TEST_F(UploadHoldTest, PushesOfOneDigestAtOnceStoreItOnce) {
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

TEST_F(UploadHoldTest, RepeatedPushHealsAMissingCopy) {
    ASSERT_TRUE(push("app", "hello"));
    std::filesystem::remove(only_object());
    EXPECT_EQ(pull("app", sha256("hello")), "[corrupt]");
    ASSERT_TRUE(push("other", "hello"));
    EXPECT_EQ(pull("app", sha256("hello")), "hello");
    EXPECT_EQ(pull("other", sha256("hello")), "hello");
}

TEST_F(UploadHoldTest, RepeatedPushHealsAShortCopy) {
    ASSERT_TRUE(push("app", "hello"));
    const std::filesystem::path damaged = only_object();
    std::filesystem::resize_file(damaged, 2);
    EXPECT_EQ(pull("app", sha256("hello")), "[corrupt]");
    ASSERT_TRUE(push("app", "hello"));
    EXPECT_EQ(pull("app", sha256("hello")), "hello");
    EXPECT_NE(only_object(), damaged);
}

TEST_F(UploadHoldTest, FullDiskKeepsTheSession) {
    auto hold = begin().value();
    ASSERT_TRUE(append(*hold, "hello "));
    registry_->files.fail_at(FileCall::write, 1, ENOSPC);
    EXPECT_EQ(append(*hold, "world").error().code, Errc::disk_full);
    const std::string id = hold->id();
    hold.reset();
    hold = acquire(id).value();
    EXPECT_EQ(hold->offset(), 6U);
    ASSERT_TRUE(append(*hold, "world"));
    registry_->files.fail_at(FileCall::link, 1, ENOSPC);
    EXPECT_EQ(commit(*hold, sha256("hello world")).error().code, Errc::disk_full);
    ASSERT_TRUE(commit(*hold, sha256("hello world")));
    EXPECT_EQ(pull("app", sha256("hello world")), "hello world");
}

TEST_F(UploadHoldTest, FailedSyncEndsTheSession) {
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

TEST_F(UploadHoldTest, DatabaseThatIsFullKeepsTheSession) {
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

TEST_F(UploadHoldTest, AFullDatabaseGoesBackToWhatWasPromised) {
    auto hold = begin().value();
    const std::string id = hold->id();
    ASSERT_TRUE(append(*hold, "hello "));
    ASSERT_TRUE(sync(*hold));
    ASSERT_TRUE(append(*hold, "lost"));
    registry_->database.fail_write(1, Errc::disk_full);
    ASSERT_TRUE(run_task(hold->settle()));
    EXPECT_TRUE(registry_->database.has_failed());
    EXPECT_EQ(hold->offset(), 6U);
    hold.reset();
    hold = acquire(id).value();
    ASSERT_TRUE(append(*hold, "world"));
    ASSERT_TRUE(commit(*hold, sha256("hello world")));
    EXPECT_EQ(pull("app", sha256("hello world")), "hello world");
}

TEST_F(UploadHoldTest, AFullDatabaseGoesBackToNothingBeforeTheFirstPromise) {
    auto hold = begin().value();
    ASSERT_TRUE(append(*hold, "lost"));
    registry_->database.fail_write(1, Errc::disk_full);
    ASSERT_TRUE(run_task(hold->settle()));
    EXPECT_EQ(hold->offset(), 0U);
    ASSERT_TRUE(append(*hold, "hello"));
    ASSERT_TRUE(commit(*hold, sha256("hello")));
}

TEST_F(UploadHoldTest, AFullDatabaseGoesBackToTheBytesOfTheRow) {
    Limits limits;
    limits.inline_blob_bytes_max = 8;
    restart(limits);
    for (const std::string more : {"!", "that is too much for the row"}) {
        auto hold = begin().value();
        ASSERT_TRUE(append(*hold, "hello"));
        ASSERT_TRUE(sync(*hold));
        ASSERT_TRUE(append(*hold, more));
        registry_->database.fail_write(1, Errc::disk_full);
        ASSERT_TRUE(run_task(hold->settle()));
        EXPECT_EQ(hold->offset(), 5U);
        ASSERT_TRUE(append(*hold, " you"));
        ASSERT_TRUE(sync(*hold));
        ASSERT_TRUE(commit(*hold, sha256("hello you")));
        EXPECT_EQ(pull("app", sha256("hello you")), "hello you");
    }
}

TEST_F(UploadHoldTest, AFullDatabasePromisesNothingOfAnEarlierProcess) {
    for (const std::uint32_t in_row : {0U, 8U}) {
        Limits limits;
        limits.inline_blob_bytes_max = in_row;
        restart(limits);
        auto hold = begin().value();
        const std::string id = hold->id();
        ASSERT_TRUE(append(*hold, "hello"));
        ASSERT_TRUE(sync(*hold));
        hold.reset();
        restart(limits);
        hold = acquire(id).value();
        for (int i = 0; i < 2; ++i) {
            registry_->database.fail_write(1, Errc::disk_full);
            const Result<void> settled = run_task(hold->settle());
            ASSERT_FALSE(settled) << "that process may have ended before it synced its log";
            EXPECT_EQ(settled.error().code, Errc::disk_full);
        }
        ASSERT_TRUE(run_task(hold->settle()));
        EXPECT_EQ(hold->offset(), 5U);
    }
}

TEST_F(UploadHoldTest, BytesOfADoubtfulTransactionStay) {
    auto hold = begin().value();
    const std::string id = hold->id();
    ASSERT_TRUE(append(*hold, "hello"));
    registry_->database.fail_write(1, Errc::io_error);
    EXPECT_EQ(commit(*hold, sha256("hello")).error().code, Errc::io_error);
    hold.reset();
    EXPECT_EQ(files_below("blobs"), 1U) << "a row written after all would point at nothing";
    EXPECT_EQ(acquire(id).error().code, Errc::upload_unknown) << "it could change those bytes";
    EXPECT_TRUE(push("app", "hello"));
}

}  // namespace
}  // namespace berth::registry
