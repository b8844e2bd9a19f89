// SPDX-License-Identifier: Apache-2.0
#include "io/file.h"

#include "io/testing/temporary_directory.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace berth::io {
namespace {

class FileTest : public testing::Test {
  protected:
    std::filesystem::path at(const std::string& name) const { return directory_.path() / name; }

    std::string content(const FileHandle& file) const {
        std::string text(file_size(file).value(), '\0');
        EXPECT_TRUE(read_exactly(file, std::as_writable_bytes(std::span(text)), 0));
        return text;
    }

    TemporaryDirectory directory_;
    std::unique_ptr<FileSystem> files_ = real_file_system();
};

bool is_open_descriptor(int fd) {
    return ::fcntl(fd, F_GETFD) >= 0;
}

TEST_F(FileTest, HandleClosesOnceAndMoves) {
    FileHandle first = files_->open_write(at("a"), true).value();
    const int fd = first.fd();
    FileHandle second = std::move(first);
    EXPECT_FALSE(first.is_open());
    EXPECT_EQ(second.fd(), fd);
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    second = FileHandle();
    EXPECT_FALSE(is_open_descriptor(fd));
}

TEST_F(FileTest, MissingFileIsToldApart) {
    EXPECT_EQ(files_->open_read(at("absent")).error().code, Errc::upload_unknown);
    EXPECT_EQ(files_->open_write(at("absent"), false).error().code, Errc::upload_unknown);
    EXPECT_EQ(files_->open_write(at("no/such"), true).error().code, Errc::upload_unknown);
    EXPECT_TRUE(files_->remove(at("absent")));
}

TEST_F(FileTest, WrittenSizeEndsAtTheFirstHole) {
    const FileHandle file = files_->open_write(at("a"), true).value();
    EXPECT_EQ(written_size(file).value(), 0U);
    ASSERT_TRUE(files_->write_at(file, as_bytes("hello"), 0));
    EXPECT_EQ(written_size(file).value(), 5U);
    ASSERT_TRUE(files_->write_at(file, as_bytes(std::string(kMiB, '\0')), 0));
    EXPECT_EQ(written_size(file).value(), kMiB) << "zeros that were written are no hole";
    ASSERT_TRUE(files_->truncate(file, 3 * kMiB));
    ASSERT_TRUE(files_->write_at(file, as_bytes("behind"), 2 * kMiB));
    EXPECT_EQ(file_size(file).value(), 3 * kMiB);
    EXPECT_EQ(written_size(file).value(), kMiB);
}

TEST_F(FileTest, WritesAtOffsetsAndReadsBack) {
    const FileHandle file = files_->open_write(at("a"), true).value();
    ASSERT_TRUE(files_->write_at(file, as_bytes("world"), 6));
    ASSERT_TRUE(files_->write_at(file, as_bytes("hello "), 0));
    EXPECT_EQ(content(file), "hello world");
    ASSERT_TRUE(files_->truncate(file, 5));
    ASSERT_TRUE(files_->sync(file));
    ASSERT_TRUE(files_->sync_directory(directory_.path()));
    EXPECT_EQ(content(file), "hello");
    struct stat status{};
    ASSERT_EQ(::fstat(file.fd(), &status), 0);
    EXPECT_EQ(status.st_mode & 0137, 0U) << "wider than 0640";
}

TEST_F(FileTest, PrematureEndIsCorrupt) {
    const FileHandle file = files_->open_write(at("a"), true).value();
    ASSERT_TRUE(files_->write_at(file, as_bytes("abc"), 0));
    std::vector<std::byte> four(4);
    EXPECT_EQ(read_exactly(file, four, 0).error().code, Errc::corrupt);
}

TEST_F(FileTest, LinkGivesASecondNameAndReportsFailure) {
    const FileHandle file = files_->open_write(at("a"), true).value();
    ASSERT_TRUE(files_->write_at(file, as_bytes("abc"), 0));
    ASSERT_TRUE(files_->link(at("a"), at("b")));
    EXPECT_TRUE(files_->link(at("a"), at("b"))) << "it is that file already";
    ASSERT_TRUE(files_->remove(at("a")));
    const FileHandle other = files_->open_write(at("a"), true).value();
    EXPECT_EQ(files_->link(at("a"), at("b")).error().code, Errc::conflict) << "another file";
    EXPECT_EQ(files_->link(at("absent"), at("c")).error().code, Errc::io_error);
    EXPECT_EQ(file_size(files_->open_read(at("b")).value()).value(), 3U);
    EXPECT_EQ(files_->sync_directory(at("b")).error().code, Errc::io_error);
}

TEST_F(FileTest, ListsDirectories) {
    ASSERT_TRUE(files_->open_write(at("a"), true));
    EXPECT_EQ(list_directory(at("")).value(), std::vector<std::string>{"a"});
    EXPECT_EQ(list_directory(at("absent")).error().code, Errc::io_error);
}

TEST_F(FileTest, ReservationKeepsTheSize) {
    const FileHandle file = files_->open_write(at("a"), true).value();
    ASSERT_TRUE(preallocate(file, 3 * kMiB));
    start_write_out(file, 0, kMiB);
    EXPECT_EQ(file_size(file).value(), 0U);
}

TEST_F(FileTest, MakesDirectoriesWithParents) {
    ASSERT_TRUE(make_directories(at("x/y/z")));
    ASSERT_TRUE(make_directories(at("x/y/z")));
    struct stat status{};
    ASSERT_EQ(::stat(at("x/y").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0027, 0U) << "wider than 0750";
    ASSERT_TRUE(files_->open_write(at("file"), true));
    EXPECT_FALSE(make_directories(at("file")));
    EXPECT_FALSE(make_directories(at("file/below")));
}

TEST(FileError, TellsFullAndReadOnlyDisksApart) {
    EXPECT_EQ(file_error(ENOSPC, "write", "f").code, Errc::disk_full);
    EXPECT_EQ(file_error(EDQUOT, "write", "f").code, Errc::disk_full);
    EXPECT_EQ(file_error(EROFS, "write", "f").code, Errc::read_only);
    EXPECT_EQ(file_error(EMFILE, "open", "f").code, Errc::unavailable);
    EXPECT_EQ(file_error(ENFILE, "open", "f").code, Errc::unavailable);
    EXPECT_EQ(file_error(EIO, "write", "f").code, Errc::io_error);
    EXPECT_NE(file_error(EIO, "write", "/x/f").log_detail.find("/x/f"), std::string::npos);
}

TEST_F(FileTest, FullDeviceIsDiskFull) {
    const FileHandle full = files_->open_write("/dev/full", false).value();
    EXPECT_EQ(files_->write_at(full, as_bytes("x"), 0).error().code, Errc::disk_full);
}

}  // namespace
}  // namespace berth::io
