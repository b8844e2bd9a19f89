// SPDX-License-Identifier: Apache-2.0
#include "blob/fs/fs_blob_store.h"

#include "blob/testing/fs_store_fixture.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <string>

namespace berth::blob {
namespace {

using io::FileCall;
using io::run_task;
using oci::Algorithm;

using FsBlobStoreTest = FsStoreTest;

TEST_F(FsBlobStoreTest, AnotherProcessContinues) {
    auto upload = begin();
    ASSERT_TRUE(append(*upload, "hello "));
    ASSERT_TRUE(run_task(upload->sync()));
    upload.reset();
    reopen();
    auto resumed = run_task(store_->resume(id_, Algorithm::sha256, std::nullopt)).value();
    EXPECT_EQ(resumed->offset(), 6U);
    ASSERT_TRUE(append(*resumed, "world"));
    EXPECT_TRUE(finish(*resumed, sha256("hello world")));
    ASSERT_TRUE(run_task(resumed->discard()));
    EXPECT_EQ(run_task(store_->resume(id_, Algorithm::sha256, std::nullopt)).error().code,
              Errc::upload_unknown);
    EXPECT_EQ(run_task(store_->resume("../x", Algorithm::sha256, std::nullopt)).error().code,
              Errc::upload_unknown);
}

// After a power cut ext4 may show the length of a write whose bytes never reached the device.
TEST_F(FsBlobStoreTest, ResumeTakesNoLengthForBytes) {
    const std::string text = pattern(kMiB);
    auto upload = begin();
    ASSERT_TRUE(append(*upload, text));
    upload.reset();
    const auto path = directory_.path() / "uploads" / id_;
    std::filesystem::resize_file(path, 2 * kMiB);
    auto resumed = run_task(store_->resume(id_, Algorithm::sha256, std::nullopt)).value();
    EXPECT_EQ(resumed->offset(), kMiB);
    const Location location = finish(*resumed, sha256(text)).value();
    EXPECT_EQ(read(location, kMiB), text);
}

TEST_F(FsBlobStoreTest, ResumeTakesNoMoreThanWasPromised) {
    auto upload = begin();
    ASSERT_TRUE(append(*upload, std::string("hello w\0\0\0\0", 11)));
    upload.reset();
    auto resumed = run_task(store_->resume(id_, Algorithm::sha256, 6)).value();
    EXPECT_EQ(resumed->offset(), 6U);
    ASSERT_TRUE(append(*resumed, "all"));
    const Location location = finish(*resumed, sha256("hello all")).value();
    EXPECT_EQ(read(location, 9), "hello all");
}

TEST_F(FsBlobStoreTest, ACommitThatNoRowNamedIsRepeated) {
    auto upload = begin();
    ASSERT_TRUE(append(*upload, "hello"));
    const Location first = finish(*upload, sha256("hello")).value();
    for (const bool restored_copy : {false, true}) {
        upload.reset();
        reopen();
        if (restored_copy) {  // a copied tree has two files where there was one with two names
            const auto object = directory_.path() / "blobs" / first.text;
            std::filesystem::remove(object);
            std::ofstream(object) << "hello";
        }
        upload = run_task(store_->resume(id_, Algorithm::sha256, std::nullopt)).value();
        EXPECT_EQ(finish(*upload, sha256("hello")).value().text, first.text);
        EXPECT_EQ(read(first, 5), "hello");
    }
    EXPECT_EQ(run_task(store_->list_uploads()).value(), std::vector<std::string>{id_});
}

TEST_F(FsBlobStoreTest, DiscardAndAbandonRemoveTheFile) {
    auto upload = begin();
    ASSERT_TRUE(append(*upload, "abc"));
    ASSERT_TRUE(run_task(upload->discard()));
    EXPECT_EQ(files_below("uploads"), 0U);
    EXPECT_EQ(append(*upload, "x").error().code, Errc::upload_unknown);
    begin();
    EXPECT_EQ(files_below("uploads"), 1U);
    ASSERT_TRUE(run_task(store_->abandon(id_)));
    ASSERT_TRUE(run_task(store_->abandon(id_)));
    ASSERT_TRUE(run_task(store_->abandon("..")));
    EXPECT_EQ(files_below("uploads"), 0U);
}

TEST_F(FsBlobStoreTest, MissingShortAndForeignObjectsAreCorrupt) {
    auto upload = begin();
    ASSERT_TRUE(append(*upload, "abc"));
    const Location location = finish(*upload, sha256("abc")).value();
    EXPECT_EQ(run_task(store_->open(location, 4)).error().code, Errc::corrupt);
    ASSERT_TRUE(run_task(store_->remove(location)));
    ASSERT_TRUE(run_task(store_->remove(location)));
    EXPECT_EQ(run_task(store_->open(location, 3)).error().code, Errc::corrupt);
    const Location foreign("../admin-password");
    EXPECT_EQ(run_task(store_->open(foreign, 3)).error().code, Errc::corrupt);
    EXPECT_EQ(run_task(store_->remove(foreign)).error().code, Errc::corrupt);
}

TEST_F(FsBlobStoreTest, TwoUploadsOfOneDigestHaveTwoLocations) {
    auto first = begin();
    const Location one = finish(*first, sha256("")).value();
    auto second = begin();
    const Location two = finish(*second, sha256("")).value();
    EXPECT_NE(one.text, two.text);
    ASSERT_TRUE(run_task(store_->remove(one)));
    EXPECT_EQ(read(two, 0), "");
}

TEST_F(FsBlobStoreTest, FailedSyncWhileTakingUpEndsTheUpload) {
    auto upload = begin();
    ASSERT_TRUE(append(*upload, "abc"));
    upload.reset();
    files_.fail_at(FileCall::sync, 1, EIO);
    EXPECT_EQ(run_task(store_->resume(id_, Algorithm::sha256, std::nullopt)).error().code,
              Errc::io_error);
    EXPECT_EQ(run_task(store_->resume(id_, Algorithm::sha256, std::nullopt)).error().code,
              Errc::upload_unknown);
}

TEST_F(FsBlobStoreTest, FailedBeginLeavesNothing) {
    files_.fail_at(FileCall::open, 1, ENOSPC);
    EXPECT_EQ(run_task(store_->begin(make_uuid(), Algorithm::sha256, std::nullopt)).error().code,
              Errc::disk_full);
    EXPECT_EQ(files_below("uploads"), 0U);
}

TEST_F(FsBlobStoreTest, FullPoolIsRefusedAndHarmless) {
    io::BlockingPool closed(1, 0);
    auto store = open_fs_blob_store(directory_.path(), files_, closed).value();
    auto upload = run_task(store->begin(make_uuid(), Algorithm::sha256, std::nullopt)).value();
    ASSERT_TRUE(append(*upload, pattern(9 * kMiB)));
    EXPECT_EQ(run_task(upload->sync()).error().code, Errc::unavailable);
    EXPECT_EQ(finish(*upload, sha256(pattern(9 * kMiB))).error().code, Errc::unavailable);
    EXPECT_FALSE(upload->is_lost());
    EXPECT_EQ(upload->offset(), 9 * kMiB);
}

}  // namespace
}  // namespace berth::blob
