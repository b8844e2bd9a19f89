// SPDX-License-Identifier: Apache-2.0
#include "app/memory_directory.h"

#include "io/testing/temporary_directory.h"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <optional>
#include <sys/stat.h>

namespace berth::app {
namespace {

namespace fs = std::filesystem;

class MemoryDirectoryTest : public testing::Test {
  protected:
    Result<MemoryDirectory> make() const { return MemoryDirectory::make({place_.path()}, 0); }

    std::size_t entries() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(place_.path()), fs::directory_iterator()));
    }

    /// What a killed process leaves: its lock is gone with it.
    fs::path leave_behind(const std::string& name) const {
        const fs::path path = place_.path() / name;
        fs::create_directories(path / "blobs");
        std::ofstream(path / "blobs" / "a") << "content";
        return path;
    }

    io::TemporaryDirectory place_;
};

TEST_F(MemoryDirectoryTest, IsPrivateAndGoneAfterwards) {
    {
        const auto made = make();
        ASSERT_TRUE(made) << made.error().log_detail;
        struct stat status{};
        ASSERT_EQ(::stat(made->path().c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777U, 0700U);
        fs::create_directories(made->path() / "blobs" / "sha256");
        std::ofstream(made->path() / "blobs" / "a") << "content";
        fs::create_symlink(place_.path(), made->path() / "link");
    }
    EXPECT_EQ(entries(), 0U);
    EXPECT_TRUE(fs::exists(place_.path()));
}

TEST_F(MemoryDirectoryTest, AMovedOneIsRemovedOnce) {
    std::optional<MemoryDirectory> kept;
    kept.emplace(make().value());
    EXPECT_TRUE(fs::exists(kept->path()));
    kept.reset();
    EXPECT_EQ(entries(), 0U);
}

TEST_F(MemoryDirectoryTest, TheDeadAreRemovedTheLivingAreNot) {
    const auto living = make();
    ASSERT_TRUE(living);
    const fs::path dead = leave_behind("berth-memory-dead");
    const fs::path strange = leave_behind("berth-memories");
    const auto second = make();
    ASSERT_TRUE(second);
    EXPECT_FALSE(fs::exists(dead));
    EXPECT_TRUE(fs::exists(living->path()));
    EXPECT_TRUE(fs::exists(strange));
    EXPECT_NE(second->path(), living->path());
}

TEST_F(MemoryDirectoryTest, ALinkIsNeitherFollowedNorRemoved) {
    const io::TemporaryDirectory elsewhere;
    std::ofstream(elsewhere.path() / "precious") << "content";
    const fs::path link = place_.path() / "berth-memory-link";
    fs::create_directory_symlink(elsewhere.path(), link);
    ASSERT_TRUE(make());
    EXPECT_TRUE(fs::exists(elsewhere.path() / "precious"));
    EXPECT_TRUE(fs::is_symlink(link));
}

TEST_F(MemoryDirectoryTest, WithoutRoomTheLastPlaceIsTaken) {
    const io::TemporaryDirectory last;
    constexpr std::uint64_t kTooMuch = std::numeric_limits<std::uint64_t>::max();
    const auto made = MemoryDirectory::make({"/dev/shm", last.path()}, kTooMuch);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->path().parent_path(), last.path());
    EXPECT_FALSE(MemoryDirectory::make({"/nonexistent"}, 0));
}

}  // namespace
}  // namespace berth::app
