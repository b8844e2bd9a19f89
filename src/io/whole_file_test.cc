// SPDX-License-Identifier: Apache-2.0
#include "io/whole_file.h"

#include "io/testing/temporary_directory.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>

namespace berth::io {
namespace {

class WholeFileTest : public testing::Test {
  protected:
    mode_t mode() const {
        struct stat status{};
        EXPECT_EQ(::lstat(path_.c_str(), &status), 0);
        return status.st_mode & 07777U;
    }

    TemporaryDirectory directory_;
    const std::filesystem::path path_ = directory_.path() / "file";
};

TEST_F(WholeFileTest, WritesAndReplacesWithExactlyTheMode) {
    const mode_t before = ::umask(0);
    ASSERT_TRUE(write_whole_file(path_, "one", 0600));
    EXPECT_EQ(mode(), 0600U);
    EXPECT_EQ(read_whole_file(path_, 3).value(), "one");
    ::umask(0077);
    ASSERT_TRUE(write_whole_file(path_, "", 0644));
    ::umask(before);
    EXPECT_EQ(mode(), 0644U);
    EXPECT_EQ(read_whole_file(path_, 3).value(), "");
}

TEST_F(WholeFileTest, FollowsNoLink) {
    const auto other = directory_.path() / "other";
    std::ofstream(other) << "precious";
    std::filesystem::create_symlink(other, path_);
    std::filesystem::create_symlink(other, directory_.path() / "file.new");
    ASSERT_TRUE(write_whole_file(path_, "secret", 0600));
    EXPECT_FALSE(std::filesystem::is_symlink(path_));
    EXPECT_EQ(read_whole_file(other, 100).value(), "precious");
}

TEST_F(WholeFileTest, ReadingKnowsAbsentAndTooLarge) {
    EXPECT_EQ(read_whole_file(path_, 10).error().code, Errc::upload_unknown);
    std::ofstream(path_) << "12345678901";
    EXPECT_EQ(read_whole_file(path_, 10).error().code, Errc::io_error);
    EXPECT_FALSE(write_whole_file(directory_.path() / "absent" / "file", "", 0600));
}

}  // namespace
}  // namespace berth::io
