// SPDX-License-Identifier: Apache-2.0
#include "blob/fs/stream_hash.h"

#include "blob/testing/fs_store_fixture.h"
#include "io/resume.h"

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <semaphore>
#include <string>

namespace berth::blob {
namespace {

using io::run_task;

class StreamHashTest : public ::testing::Test {
  protected:
    std::unique_ptr<StreamHash> make() {
        return std::make_unique<StreamHash>(oci::Algorithm::sha256, pool_, turn_);
    }

    static io::Task<bool> adding(StreamHash& hash, std::string_view text) {
        co_await hash.add(as_bytes(text));
        co_return true;
    }

    static void add(StreamHash& hash, std::string_view text) {
        EXPECT_TRUE(run_task(adding(hash, text)));
    }

    static oci::Digest digest(StreamHash& hash) {
        return run_task(hash.settled())->copy().finish();
    }

    /// Keeps the pool's only thread until `free_` is released.
    void occupy_pool() {
        std::binary_semaphore begun(0);
        ASSERT_TRUE(pool_.post([this, &begun] {
            begun.release();
            free_.acquire();
        }));
        begun.acquire();
    }

    std::shared_ptr<HashTurn> turn_ = std::make_shared<HashTurn>(false);
    std::binary_semaphore free_{0};
    io::BlockingPool pool_{1, 8};
};

TEST_F(StreamHashTest, OfAFewBytesAndOfMany) {
    const auto hash = make();
    EXPECT_EQ(digest(*hash), sha256(""));
    const std::string text = pattern(30 * kMiB + 5);
    std::size_t at = 0;
    for (std::size_t length = 1; at < text.size(); length = length * 3 % 400'000 + 7) {
        add(*hash, std::string_view(text).substr(at, length));
        at += length;
        if (length % 29 == 0) {
            EXPECT_EQ(digest(*hash), sha256(std::string_view(text).substr(0, at)));
        }
    }
    add(*hash, "");
    EXPECT_EQ(digest(*hash), sha256(text));
    EXPECT_FALSE(turn_->load());
}

TEST_F(StreamHashTest, WithoutATurnTheCallerHashes) {
    turn_->store(true);
    const auto hash = make();
    occupy_pool();
    const std::string text = pattern(9 * kMiB);
    add(*hash, text.substr(0, 5 * kMiB));
    add(*hash, text.substr(5 * kMiB));
    EXPECT_EQ(digest(*hash), sha256(text)) << "the pool is not needed";
    EXPECT_TRUE(turn_->load()) << "it is somebody else's";
    free_.release();
}

TEST_F(StreamHashTest, AFullPoolIsNotWaitedFor) {
    occupy_pool();
    while (pool_.post([] {})) {
    }
    const auto hash = make();
    const std::string text = pattern(9 * kMiB);
    add(*hash, text.substr(0, 5 * kMiB));
    add(*hash, text.substr(5 * kMiB));
    EXPECT_EQ(digest(*hash), sha256(text));
    EXPECT_FALSE(turn_->load());
    free_.release();
}

TEST_F(StreamHashTest, WhoIsTooFarAheadWaits) {
    const auto hash = make();
    const std::string text = pattern(20 * kMiB);
    add(*hash, text.substr(0, 5 * kMiB));
    EXPECT_EQ(digest(*hash), sha256(text.substr(0, 5 * kMiB)));
    occupy_pool();
    const std::string rest = text.substr(5 * kMiB);
    bool added = false;
    const auto done = [&added](const std::exception_ptr& thrown, bool) { added = !thrown; };
    boost::asio::co_spawn(io::test_loop(), adding(*hash, rest), done);
    io::test_loop().restart();
    io::test_loop().poll();
    EXPECT_FALSE(added);
    EXPECT_TRUE(turn_->load());
    free_.release();
    io::test_loop().restart();
    io::test_loop().run();
    EXPECT_TRUE(added);
    EXPECT_EQ(digest(*hash), sha256(text));
    EXPECT_FALSE(turn_->load());
}

TEST_F(StreamHashTest, EndsWithItsUpload) {
    auto hash = make();
    const std::string text = pattern(5 * kMiB);
    add(*hash, text);
    EXPECT_EQ(digest(*hash), sha256(text));
    occupy_pool();
    add(*hash, pattern(100'000));
    EXPECT_TRUE(turn_->load());
    hash.reset();
    free_.release();
    std::binary_semaphore after(0);
    ASSERT_TRUE(pool_.post([&after] { after.release(); }));
    after.acquire();
    EXPECT_FALSE(turn_->load());
}

}  // namespace
}  // namespace berth::blob
