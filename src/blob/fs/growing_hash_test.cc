// SPDX-License-Identifier: Apache-2.0
#include "blob/fs/growing_hash.h"

#include "blob/testing/fs_store_fixture.h"

#include <gtest/gtest.h>

#include <memory>
#include <semaphore>
#include <string>
#include <thread>

namespace berth::blob {
namespace {

using io::run_task;

class GrowingHashTest : public ::testing::Test {
  protected:
    GrowingHashTest() {
        auto opened = real_->open_write(directory_.path() / "file", true);
        file_ = std::make_shared<const io::FileHandle>(std::move(opened).value());
    }

    std::unique_ptr<GrowingHash> make() {
        return std::make_unique<GrowingHash>(oci::Algorithm::sha256, file_, pool_, turn_);
    }

    /// Writes behind what was written, and adds it.
    void add(GrowingHash& hash, std::string_view text) {
        ASSERT_TRUE(real_->write_at(*file_, as_bytes(text), written_));
        written_ += text.size();
        hash.add(as_bytes(text));
    }

    static Result<oci::Digest> digest(GrowingHash& hash) {
        const Result<oci::Hasher*> settled = run_task(hash.settled());
        if (!settled) {
            return std::unexpected(settled.error());
        }
        return (*settled)->copy().finish();
    }

    io::TemporaryDirectory directory_;
    std::unique_ptr<io::FileSystem> real_ = io::real_file_system();
    std::shared_ptr<const io::FileHandle> file_;
    std::uint64_t written_ = 0;
    std::shared_ptr<HashTurn> turn_ = std::make_shared<HashTurn>(false);
    io::BlockingPool pool_{1, 8};
};

TEST_F(GrowingHashTest, OfAFewBytesAndOfMany) {
    const auto hash = make();
    EXPECT_EQ(digest(*hash), sha256(""));
    const std::string text = pattern(30 * kMiB + 5);
    for (std::size_t at = 0; at < text.size(); at += 300'001) {
        add(*hash, std::string_view(text).substr(at, 300'001));
        if (at % 7 == 0) {
            EXPECT_EQ(digest(*hash), sha256(std::string_view(text).substr(0, written_)));
        }
    }
    EXPECT_EQ(digest(*hash), sha256(text));
    EXPECT_FALSE(turn_->load());
}

TEST_F(GrowingHashTest, WithoutATurnTheCallerHashes) {
    turn_->store(true);
    const auto hash = make();
    std::binary_semaphore free(0);
    ASSERT_TRUE(pool_.post([&free] { free.acquire(); }));
    const std::string text = pattern(9 * kMiB);
    add(*hash, text);
    EXPECT_EQ(digest(*hash), sha256(text)) << "the pool is not needed";
    EXPECT_TRUE(turn_->load()) << "it is somebody else's";
    free.release();
}

TEST_F(GrowingHashTest, WhatIsLeftIsWaitedFor) {
    const auto hash = make();
    std::binary_semaphore free(0);
    ASSERT_TRUE(pool_.post([&free] { free.acquire(); }));
    const std::string text = pattern(9 * kMiB);
    add(*hash, text);
    EXPECT_TRUE(turn_->load());
    add(*hash, "and more");
    std::jthread later([&free] { free.release(); });
    EXPECT_EQ(digest(*hash), sha256(text + "and more"));
    EXPECT_FALSE(turn_->load());
}

TEST_F(GrowingHashTest, CatchesUpWithAFile) {
    const std::string text = pattern(17 * kMiB);
    ASSERT_TRUE(real_->write_at(*file_, as_bytes(text), 0));
    written_ = text.size();
    const auto hash = make();
    ASSERT_TRUE(run_task(hash->catch_up(text.size())));
    EXPECT_EQ(digest(*hash), sha256(text));
    add(*hash, "more");
    EXPECT_EQ(digest(*hash), sha256(text + "more"));
}

TEST_F(GrowingHashTest, AFileThatCannotBeReadHasNoHash) {
    const auto hash = make();
    EXPECT_FALSE(run_task(hash->catch_up(5)));
    EXPECT_EQ(digest(*hash).error().code, Errc::corrupt);
}

TEST_F(GrowingHashTest, EndsWithItsUpload) {
    auto hash = make();
    std::binary_semaphore free(0);
    ASSERT_TRUE(pool_.post([&free] { free.acquire(); }));
    add(*hash, pattern(9 * kMiB));
    hash.reset();
    free.release();
    std::binary_semaphore after(0);
    ASSERT_TRUE(pool_.post([&after] { after.release(); }));
    after.acquire();
    EXPECT_FALSE(turn_->load());
}

}  // namespace
}  // namespace berth::blob
