// SPDX-License-Identifier: Apache-2.0
#include "blob/fs/fs_upload.h"

#include "blob/testing/fs_store_fixture.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <utility>

namespace berth::blob {
namespace {

using io::FileCall;
using io::run_task;

using FsUploadTest = FsStoreTest;

TEST_F(FsUploadTest, BytesComeBackUnderTheirDigest) {
    const std::string text = pattern(3 * kMiB + 17);
    auto upload = begin();
    for (std::size_t at = 0; at < text.size(); at += 100'000) {
        ASSERT_TRUE(append(*upload, std::string_view(text).substr(at, 100'000)));
    }
    EXPECT_EQ(upload->offset(), text.size());
    const Location location = finish(*upload, sha256(text)).value();
    EXPECT_EQ(read(location, text.size()), text);
    EXPECT_EQ(files_below("uploads"), 1U) << "until a row names the object the upload lives";
    ASSERT_TRUE(run_task(upload->discard()));
    EXPECT_EQ(files_below("uploads"), 0U);
    EXPECT_EQ(files_below("blobs"), 1U);
    EXPECT_EQ(read(location, text.size()), text);
    EXPECT_EQ(append(*upload, "x").error().code, Errc::upload_unknown);
}

TEST_F(FsUploadTest, EmptyBlob) {
    auto upload = begin();
    const Location location = finish(*upload, sha256("")).value();
    EXPECT_EQ(read(location, 0), "");
    auto other = begin();
    EXPECT_TRUE(finish(*other, sha512("")));
}

TEST_F(FsUploadTest, WriteOutBehindDoesNotDisturb) {
    const std::string text = pattern(20 * kMiB);
    auto upload = begin(text.size());
    for (std::size_t at = 0; at < text.size(); at += 512 * kKiB) {
        ASSERT_TRUE(append(*upload, std::string_view(text).substr(at, 512 * kKiB)));
    }
    const Location location = finish(*upload, sha256(text)).value();
    EXPECT_EQ(sha256(read(location, text.size())), sha256(text));
}

TEST_F(FsUploadTest, OtherAlgorithmIsRehashed) {
    const std::string text = pattern(kMiB + 1);
    auto upload = begin();
    ASSERT_TRUE(append(*upload, text));
    EXPECT_EQ(run_task(upload->verify(sha512("other"))).error().code, Errc::digest_invalid);
    const Location location = finish(*upload, sha512(text)).value();
    EXPECT_EQ(location.text.substr(0, 7), "sha512/");
    EXPECT_EQ(read(location, text.size()), text);
}

TEST_F(FsUploadTest, WrongDigestLeavesTheUploadUsable) {
    auto upload = begin();
    ASSERT_TRUE(append(*upload, "hello "));
    EXPECT_EQ(run_task(upload->verify(sha256("hello world"))).error().code, Errc::digest_invalid);
    EXPECT_EQ(upload->offset(), 6U);
    EXPECT_EQ(files_below("blobs"), 0U);
    ASSERT_TRUE(append(*upload, "world"));
    const Location location = finish(*upload, sha256("hello world")).value();
    EXPECT_EQ(read(location, 11), "hello world");
}

TEST_F(FsUploadTest, SyncOnlyWhenSomethingIsNew) {
    auto upload = begin();
    ASSERT_TRUE(append(*upload, "abc"));
    ASSERT_TRUE(run_task(upload->sync()));
    const std::size_t syncs = files_.count(FileCall::sync);
    const std::size_t directory_syncs = files_.count(FileCall::sync_directory);
    ASSERT_TRUE(run_task(upload->sync()));
    EXPECT_EQ(files_.count(FileCall::sync), syncs);
    ASSERT_TRUE(append(*upload, "d"));
    ASSERT_TRUE(run_task(upload->sync()));
    EXPECT_EQ(files_.count(FileCall::sync), syncs + 1);
    EXPECT_EQ(files_.count(FileCall::sync_directory), directory_syncs);
}

TEST_F(FsUploadTest, CommitCanBeTakenBack) {
    auto upload = begin();
    ASSERT_TRUE(append(*upload, "abc"));
    ASSERT_TRUE(finish(*upload, sha256("abc")));
    ASSERT_TRUE(run_task(upload->undo_commit()));
    EXPECT_EQ(files_below("blobs"), 0U);
    EXPECT_EQ(upload->offset(), 3U);
    ASSERT_TRUE(append(*upload, "d"));
    const Location location = finish(*upload, sha256("abcd")).value();
    EXPECT_EQ(read(location, 4), "abcd");
}

TEST_F(FsUploadTest, FullDiskKeepsOffsetAndHash) {
    auto upload = begin();
    ASSERT_TRUE(append(*upload, "hello "));
    files_.fail_at(FileCall::write, 1, ENOSPC);
    EXPECT_EQ(append(*upload, "never stored").error().code, Errc::disk_full);
    EXPECT_EQ(upload->offset(), 6U);
    EXPECT_FALSE(upload->is_lost());
    EXPECT_EQ(std::filesystem::file_size(directory_.path() / "uploads" / id_), 6U);
    ASSERT_TRUE(append(*upload, "world"));
    const Location location = finish(*upload, sha256("hello world")).value();
    EXPECT_EQ(read(location, 11), "hello world");
}

TEST_F(FsUploadTest, TailThatCouldNotBeCutIsCutByTheCommit) {
    auto upload = begin();
    ASSERT_TRUE(append(*upload, "hello"));
    files_.fail_at(FileCall::write, 1, EIO);
    // The watcher arms the second fault once the first one has happened.
    bool armed = false;
    files_.watch([this, &armed](FileCall call) {
        if (call == FileCall::truncate && !std::exchange(armed, true)) {
            files_.fail_at(FileCall::truncate, 1, EIO);
        }
    });
    EXPECT_EQ(append(*upload, "a long tail").error().code, Errc::io_error);
    ASSERT_TRUE(files_.has_failed());
    EXPECT_GT(std::filesystem::file_size(directory_.path() / "uploads" / id_), 5U);
    const Location location = finish(*upload, sha256("hello")).value();
    EXPECT_EQ(read(location, 5), "hello");
}

TEST_F(FsUploadTest, FailedSyncEndsTheUpload) {
    for (const bool of_directory : {false, true}) {
        auto upload = begin();
        ASSERT_TRUE(append(*upload, "abc"));
        files_.fail_at(of_directory ? FileCall::sync_directory : FileCall::sync, 1, EIO);
        EXPECT_EQ(run_task(upload->sync()).error().code, Errc::io_error);
        EXPECT_TRUE(upload->is_lost());
        EXPECT_EQ(run_task(upload->sync()).error().code, Errc::io_error);
        EXPECT_EQ(append(*upload, "d").error().code, Errc::io_error);
        EXPECT_EQ(finish(*upload, sha256("abc")).error().code, Errc::io_error);
        ASSERT_TRUE(run_task(upload->discard()));
        EXPECT_EQ(files_below("uploads"), 0U);
    }
}

struct CommitFault {
    FileCall call;
    std::size_t nth;
    int errno_value;
    Errc expected;
    bool lost;
};

TEST_F(FsUploadTest, EachFailureOfACommitLeavesNothingBehind) {
    const CommitFault faults[] = {
        {FileCall::sync_directory, 1, EIO, Errc::io_error, true},  // of the algorithm's directory
        {FileCall::sync_directory, 2, EIO, Errc::io_error, true},  // of the new shard
        {FileCall::sync, 1, EIO, Errc::io_error, true},
        {FileCall::sync, 1, ENOSPC, Errc::disk_full, true},
        {FileCall::link, 1, ENOSPC, Errc::disk_full, false},
        {FileCall::link, 1, EROFS, Errc::read_only, false},
        {FileCall::sync_directory, 1, EIO, Errc::io_error, true},  // of the shard
    };
    for (const CommitFault& fault : faults) {
        auto upload = begin();
        ASSERT_TRUE(append(*upload, "abc"));
        files_.fail_at(fault.call, fault.nth, fault.errno_value);
        EXPECT_EQ(finish(*upload, sha256("abc")).error().code, fault.expected);
        EXPECT_TRUE(files_.has_failed());
        EXPECT_EQ(upload->is_lost(), fault.lost);
        EXPECT_EQ(files_below("blobs"), 0U);
        if (!fault.lost) {
            const Location location = finish(*upload, sha256("abc")).value();
            EXPECT_EQ(read(location, 3), "abc");
            ASSERT_TRUE(run_task(store_->remove(location)));
        }
        ASSERT_TRUE(run_task(upload->discard()));
        EXPECT_EQ(files_below("uploads"), 0U);
    }
}

}  // namespace
}  // namespace berth::blob
