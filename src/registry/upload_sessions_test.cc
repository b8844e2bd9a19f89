// SPDX-License-Identifier: Apache-2.0
#include "registry/upload_sessions.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace berth::registry {
namespace {

/// Tells when it is closed.
class CountedUpload final : public blob::Upload {
  public:
    explicit CountedUpload(int& open) : open_(open) { ++open_; }

    ~CountedUpload() override { --open_; }

    std::uint64_t offset() const override { return 0; }

    io::Task<Result<void>> append(ByteView) override { co_return Result<void>(); }

    io::Task<Result<void>> sync() override { co_return Result<void>(); }

    io::Task<Result<void>> verify(const oci::Digest&) override { co_return Result<void>(); }

    io::Task<Result<blob::Location>> commit(const oci::Digest&) override {
        co_return blob::Location();
    }

    io::Task<Result<void>> undo_commit() override { co_return Result<void>(); }

    io::Task<Result<void>> discard() override { co_return Result<void>(); }

    bool is_lost() const override { return false; }

  private:
    int& open_;
};

UploadKey key(const std::string& id, const std::string& owner = "alice") {
    return {oci::Repository::parse("app").value(), id, owner};
}

class UploadSessionsTest : public testing::Test {
  protected:
    void add(const std::string& id) {
        ASSERT_TRUE(sessions_.reserve(key(id)));
        SessionBytes bytes(oci::Algorithm::sha256, std::make_unique<CountedUpload>(open_));
        sessions_.give_back(id, LiveSession(std::move(bytes), Timestamp()));
    }

    int open_ = 0;
    UploadSessions sessions_{2};
};

TEST_F(UploadSessionsTest, OneHolderAtATime) {
    add("a");
    auto taken = sessions_.take(key("a")).value();
    ASSERT_TRUE(taken);
    EXPECT_EQ(sessions_.take(key("a")).error().code, Errc::conflict);
    EXPECT_FALSE(sessions_.reserve(key("a")));
    EXPECT_FALSE(sessions_.seize("a"));
    sessions_.give_back("a", *std::move(taken));
    EXPECT_TRUE(sessions_.take(key("a")).value());
    sessions_.forget("a");
    EXPECT_FALSE(sessions_.take(key("a")).value());
}

TEST_F(UploadSessionsTest, StrangersSeeNothing) {
    add("a");
    EXPECT_EQ(sessions_.take(key("a", "bob")).error().code, Errc::upload_unknown);
    const UploadKey elsewhere(oci::Repository::parse("other").value(), "a", "alice");
    EXPECT_EQ(sessions_.take(elsewhere).error().code, Errc::upload_unknown);
}

TEST_F(UploadSessionsTest, LongestUnusedIsClosed) {
    add("a");
    add("b");
    sessions_.give_back("a", *sessions_.take(key("a")).value());
    add("c");
    EXPECT_EQ(open_, 2);
    EXPECT_EQ(sessions_.idle_count(), 2U);
    EXPECT_FALSE(sessions_.take(key("b")).value());
    EXPECT_TRUE(sessions_.take(key("a")).value());
    EXPECT_TRUE(sessions_.take(key("c")).value());
}

TEST_F(UploadSessionsTest, SeizedSessionIsClosedAndKeptFromEverybody) {
    add("a");
    EXPECT_TRUE(sessions_.seize("a"));
    EXPECT_EQ(open_, 0);
    EXPECT_EQ(sessions_.take(key("a")).error().code, Errc::upload_unknown);
    EXPECT_FALSE(sessions_.reserve(key("a")));
    sessions_.forget("a");
    EXPECT_TRUE(sessions_.seize("unknown"));
    EXPECT_FALSE(sessions_.reserve(key("unknown")));
}

TEST_F(UploadSessionsTest, ManyThreads) {
    add("a");
    std::vector<std::jthread> threads;
    threads.reserve(4);
    int counted = 0;  // written by the holder only
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([this, &counted] {
            for (int round = 0; round < 1000;) {
                auto taken = sessions_.take(key("a"));
                if (taken && *taken) {
                    ++counted;
                    ++round;
                    sessions_.give_back("a", **std::move(taken));
                }
            }
        });
    }
    threads.clear();
    EXPECT_EQ(counted, 4000);
}

}  // namespace
}  // namespace berth::registry
