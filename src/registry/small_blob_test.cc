// SPDX-License-Identifier: Apache-2.0
//
// Blobs that are small enough to be kept in the catalog, and sessions without a file.
#include "meta/blobs.h"
#include "registry/testing/registry_fixture.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace berth::registry {
namespace {

using io::FileCall;
using io::run_task;

class SmallBlobTest : public RegistryTest {
  protected:
    SmallBlobTest() { restart(limits()); }

    static Limits limits() {
        Limits limits;
        limits.inline_blob_bytes_max = 8;
        return limits;
    }

    void start_again() { restart(limits()); }

    bool in_catalog(std::string_view text) {
        const oci::Digest digest = sha256(text);
        auto find = [&digest](db::Session& session) { return meta::find_blob(session, digest); };
        const auto row = run_task(registry_->database.read(find));
        return row && *row && (*row)->in_catalog();
    }

    std::size_t syncs() const {
        return registry_->files.count(FileCall::sync) +
               registry_->files.count(FileCall::sync_directory);
    }
};

TEST_F(SmallBlobTest, NeedsNoFileUpToTheLimit) {
    const std::size_t before = syncs();
    ASSERT_TRUE(push("app", "12345678"));
    ASSERT_TRUE(push("app", ""));
    EXPECT_EQ(syncs(), before);
    EXPECT_EQ(files_below("blobs"), 0U);
    EXPECT_EQ(files_below("uploads"), 0U);
    EXPECT_TRUE(in_catalog("12345678"));
    ASSERT_TRUE(push("app", "123456789"));
    EXPECT_FALSE(in_catalog("123456789"));
    EXPECT_EQ(files_below("blobs"), 1U);
    start_again();
    EXPECT_EQ(pull("app", sha256("12345678")), "12345678");
    EXPECT_EQ(pull("app", sha256("")), "");
    EXPECT_EQ(pull("app", sha256("123456789")), "123456789");
    EXPECT_EQ(pull("other", sha256("12345678")), "[blob_unknown]");
    EXPECT_EQ(run_task(blobs().stat(repository("app"), sha256("12345678"))).value(), 8U);
}

TEST_F(SmallBlobTest, TheDigestIsCheckedAndTheSessionGoesOn) {
    auto hold = begin().value();
    ASSERT_TRUE(append(*hold, "12"));
    EXPECT_EQ(commit(*hold, sha256("13")).error().code, Errc::digest_invalid);
    EXPECT_EQ(commit(*hold, sha512("13")).error().code, Errc::digest_invalid);
    ASSERT_TRUE(append(*hold, "3"));
    ASSERT_TRUE(commit(*hold, sha512("123")));
    EXPECT_EQ(pull("app", sha512("123")), "123");
    EXPECT_FALSE(append(*hold, "4"));
}

TEST_F(SmallBlobTest, PresentContentIsStoredOnce) {
    ASSERT_TRUE(push("app", "hello"));
    ASSERT_TRUE(push("other", "hello"));
    EXPECT_EQ(pull("other", sha256("hello")), "hello");
    restart(files_only());
    ASSERT_TRUE(push("third", "hello"));
    EXPECT_TRUE(in_catalog("hello"));
    EXPECT_EQ(files_below("blobs"), 0U);
    EXPECT_EQ(pull("third", sha256("hello")), "hello");
}

TEST_F(SmallBlobTest, ALargerOneThatIsAFileAlreadyStaysOne) {
    restart(files_only());
    ASSERT_TRUE(push("app", "hello"));
    start_again();
    ASSERT_TRUE(push("other", "hello"));
    EXPECT_FALSE(in_catalog("hello"));
    EXPECT_EQ(pull("other", sha256("hello")), "hello");
}

TEST_F(SmallBlobTest, HealsADamagedFile) {
    restart(files_only());
    ASSERT_TRUE(push("app", "hello"));
    std::filesystem::resize_file(only_object(), 2);
    start_again();
    EXPECT_EQ(pull("app", sha256("hello")), "[corrupt]");
    ASSERT_TRUE(push("other", "hello"));
    EXPECT_TRUE(in_catalog("hello"));
    EXPECT_EQ(files_below("blobs"), 0U);
    EXPECT_EQ(pull("app", sha256("hello")), "hello");
}

TEST_F(SmallBlobTest, IsMounted) {
    ASSERT_TRUE(push("app", "hello"));
    for (const bool named : {true, false}) {
        const std::string target = named ? "named" : "found";
        const auto from = named ? std::optional(repository("app")) : std::nullopt;
        EXPECT_EQ(run_task(uploads().mount(repository(target), sha256("hello"), from, allow_all)),
                  true);
        EXPECT_EQ(pull(target, sha256("hello")), "hello");
    }
}

TEST_F(SmallBlobTest, ASessionOnlyBegunSurvivesTheProcessWithoutAFile) {
    const std::string id = begin().value()->id();
    EXPECT_EQ(files_below("uploads"), 0U);
    start_again();
    auto hold = acquire(id).value();
    EXPECT_EQ(hold->offset(), 0U);
    ASSERT_TRUE(append(*hold, "hello"));
    ASSERT_TRUE(commit(*hold, sha256("hello")));
    hold.reset();
    start_again();
    EXPECT_EQ(acquire(id).error().code, Errc::upload_unknown);
}

TEST_F(SmallBlobTest, PromisedBytesAreKeptWithoutAFile) {
    auto hold = begin().value();
    const std::string id = hold->id();
    ASSERT_TRUE(append(*hold, "123"));
    ASSERT_TRUE(sync(*hold));
    ASSERT_TRUE(append(*hold, "lost"));
    hold.reset();
    EXPECT_EQ(files_below("uploads"), 0U);
    start_again();
    hold = acquire(id).value();
    EXPECT_EQ(hold->offset(), 3U);
    ASSERT_TRUE(append(*hold, "45678"));
    ASSERT_TRUE(sync(*hold));
    hold.reset();
    start_again();
    hold = acquire(id).value();
    EXPECT_EQ(hold->offset(), 8U);
    ASSERT_TRUE(commit(*hold, sha256("12345678")));
    EXPECT_EQ(pull("app", sha256("12345678")), "12345678");
}

TEST_F(SmallBlobTest, WhatOutgrowsTheCatalogGoesOnInAFile) {
    auto hold = begin().value();
    const std::string id = hold->id();
    ASSERT_TRUE(append(*hold, "1234"));
    ASSERT_TRUE(sync(*hold));
    ASSERT_TRUE(append(*hold, "56789"));
    ASSERT_TRUE(sync(*hold));
    hold.reset();
    start_again();
    hold = acquire(id).value();
    EXPECT_EQ(hold->offset(), 9U);
    ASSERT_TRUE(commit(*hold, sha256("123456789")));
    EXPECT_EQ(pull("app", sha256("123456789")), "123456789");
}

// What lies in a file beside them was never promised, and is not theirs when the session grows.
TEST_F(SmallBlobTest, BytesOfTheRowOutweighAFile) {
    auto hold = begin().value();
    const std::string id = hold->id();
    ASSERT_TRUE(append(*hold, "1234"));
    ASSERT_TRUE(sync(*hold));
    ASSERT_TRUE(append(*hold, "56789 and more"));
    hold.reset();
    EXPECT_EQ(files_below("uploads"), 1U);
    start_again();
    hold = acquire(id).value();
    EXPECT_EQ(hold->offset(), 4U);
    ASSERT_TRUE(append(*hold, "abcde"));
    ASSERT_TRUE(commit(*hold, sha256("1234abcde")));
    EXPECT_EQ(pull("app", sha256("1234abcde")), "1234abcde");
}

TEST_F(SmallBlobTest, AFileThatCannotBeMadeLosesNothing) {
    auto hold = begin().value();
    ASSERT_TRUE(append(*hold, "1234"));
    for (const FileCall call : {FileCall::open, FileCall::write}) {
        registry_->files.fail_at(call, 1, ENOSPC);
        EXPECT_EQ(append(*hold, "56789").error().code, Errc::disk_full);
        EXPECT_EQ(hold->offset(), 4U);
        EXPECT_EQ(files_below("uploads"), 0U);
    }
    ASSERT_TRUE(append(*hold, "5"));
    ASSERT_TRUE(commit(*hold, sha256("12345")));
}

TEST_F(SmallBlobTest, ADatabaseThatIsFullKeepsTheSession) {
    auto hold = begin().value();
    const std::string id = hold->id();
    ASSERT_TRUE(append(*hold, "hello"));
    registry_->database.fail_write(1, Errc::disk_full);
    EXPECT_EQ(sync(*hold).error().code, Errc::disk_full);
    registry_->database.fail_write(1, Errc::disk_full);
    EXPECT_EQ(commit(*hold, sha256("hello")).error().code, Errc::disk_full);
    EXPECT_EQ(pull("app", sha256("hello")), "[blob_unknown]");
    ASSERT_TRUE(commit(*hold, sha256("hello")));
    EXPECT_EQ(pull("app", sha256("hello")), "hello");
}

TEST_F(SmallBlobTest, ADoubtfulTransactionEndsTheSession) {
    auto hold = begin().value();
    ASSERT_TRUE(append(*hold, "hello"));
    registry_->database.fail_write(1, Errc::io_error);
    EXPECT_EQ(commit(*hold, sha256("hello")).error().code, Errc::io_error);
    EXPECT_EQ(append(*hold, "!").error().code, Errc::upload_unknown);
    EXPECT_TRUE(push("app", "hello"));
}

// An unknown outcome of keeping: the row may have the bytes, so they go before a file is promised.
TEST_F(SmallBlobTest, BytesThatAreDoubtfullyKeptAreTakenBack) {
    auto hold = begin().value();
    const std::string id = hold->id();
    ASSERT_TRUE(append(*hold, "1234"));
    ASSERT_TRUE(sync(*hold));
    ASSERT_TRUE(append(*hold, "5"));
    registry_->database.fail_write(1, Errc::io_error);
    EXPECT_EQ(sync(*hold).error().code, Errc::io_error);
    ASSERT_TRUE(append(*hold, "6789"));
    registry_->database.fail_write(1, Errc::disk_full);
    EXPECT_EQ(sync(*hold).error().code, Errc::disk_full);
    ASSERT_TRUE(sync(*hold));
    hold.reset();
    start_again();
    EXPECT_EQ(acquire(id).value()->offset(), 9U);
}

TEST_F(SmallBlobTest, ExpiresWithItsRow) {
    Limits all_old = limits();
    all_old.upload_age_max = std::chrono::seconds(0);
    restart(all_old);
    auto hold = begin().value();
    const std::string id = hold->id();
    ASSERT_TRUE(append(*hold, "1234"));
    ASSERT_TRUE(sync(*hold));
    hold.reset();
    EXPECT_EQ(run_task(uploads().expire_sessions()), 1U);
    EXPECT_EQ(acquire(id).error().code, Errc::upload_unknown);
}

}  // namespace
}  // namespace berth::registry
