// SPDX-License-Identifier: Apache-2.0
#include "blob/fs/fs_quarantine.h"

#include "io/testing/temporary_directory.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace berth::blob {
namespace {

class FsQuarantineTest : public testing::Test {
  protected:
    static std::string read(const std::filesystem::path& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    Location object(const std::string& content) const {
        const std::string hex(64, 'a');
        Location location("sha256/aa/" + hex + "." + std::string(32, '1'));
        const std::filesystem::path path = root_.path() / "blobs" / location.text;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << content;
        return location;
    }

    io::TemporaryDirectory root_;
    std::unique_ptr<io::FileSystem> files_ = io::real_file_system();
    FsQuarantine quarantine_{root_.path(), *files_};
};

TEST_F(FsQuarantineTest, MovesAnObjectAndLosesNothing) {
    const Location location = object("rotten");
    EXPECT_EQ(quarantine_.take(location), true);
    EXPECT_FALSE(std::filesystem::exists(root_.path() / "blobs" / location.text));
    std::string name = location.text;
    name[6] = name[9] = '-';
    EXPECT_EQ(read(root_.path() / "quarantine" / name), "rotten");
    EXPECT_EQ(quarantine_.take(location), false);
}

TEST_F(FsQuarantineTest, ALocationOfNoFormLeadsNowhere) {
    EXPECT_EQ(quarantine_.take(Location("../../etc/passwd")).error().code, Errc::corrupt);
    EXPECT_FALSE(std::filesystem::exists(root_.path() / "quarantine"));
}

TEST_F(FsQuarantineTest, KeepsBytesOfTheCatalog) {
    ASSERT_TRUE(quarantine_.keep("sha256-aa", as_bytes("long bytes")));
    ASSERT_TRUE(quarantine_.keep("sha256-aa", as_bytes("bytes")));
    EXPECT_EQ(read(root_.path() / "quarantine" / "sha256-aa"), "bytes");
}

}  // namespace
}  // namespace berth::blob
