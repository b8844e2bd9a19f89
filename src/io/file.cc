// SPDX-License-Identifier: Apache-2.0
#include "io/file.h"

#include "base/try.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace berth::io {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr mode_t kDirectoryMode = 0750;

Result<FileHandle> open_at(const std::filesystem::path& path, int flags) {
    while (true) {
        const int fd = ::open(path.c_str(), flags | O_CLOEXEC, kFileMode);
        if (fd >= 0) {
            return FileHandle(fd);
        }
        if (errno == ENOENT) {
            return fail(Errc::upload_unknown, "no such file: " + path.string());
        }
        if (errno != EINTR) {
            return fail(file_error(errno, "open", path));
        }
    }
}

std::filesystem::path name_of(const FileHandle& file) {
    return "fd " + std::to_string(file.fd());
}

bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
    struct stat of_a{};
    struct stat of_b{};
    return ::stat(a.c_str(), &of_a) == 0 && ::stat(b.c_str(), &of_b) == 0 &&
           of_a.st_ino == of_b.st_ino && of_a.st_dev == of_b.st_dev;
}

class RealFileSystem final : public FileSystem {
  public:
    Result<FileHandle> open_read(const std::filesystem::path& path) override {
        return open_at(path, O_RDONLY);
    }

    Result<FileHandle> open_write(const std::filesystem::path& path, bool create) override {
        return open_at(path, create ? O_RDWR | O_CREAT : O_RDWR);
    }

    Result<void> write_at(const FileHandle& file, ByteView bytes, std::uint64_t offset) override {
        while (!bytes.empty()) {
            const ssize_t written =
                ::pwrite(file.fd(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (written < 0 && errno == EINTR) {
                continue;
            }
            if (written <= 0) {
                return fail(file_error(written == 0 ? EIO : errno, "write", name_of(file)));
            }
            bytes = bytes.subspan(static_cast<std::size_t>(written));
            offset += static_cast<std::uint64_t>(written);
        }
        return {};
    }

    Result<void> truncate(const FileHandle& file, std::uint64_t size) override {
        if (::ftruncate(file.fd(), static_cast<off_t>(size)) != 0) {
            return fail(file_error(errno, "truncate", name_of(file)));
        }
        return {};
    }

    Result<void> sync(const FileHandle& file) override {
        // Not repeated on EINTR either: the kernel reports a lost page once.
        if (::fdatasync(file.fd()) != 0) {
            return fail(file_error(errno, "sync", name_of(file)));
        }
        return {};
    }

    Result<void> sync_directory(const std::filesystem::path& path) override {
        BERTH_TRY(const FileHandle directory, open_at(path, O_RDONLY | O_DIRECTORY));
        if (::fsync(directory.fd()) != 0) {
            return fail(file_error(errno, "sync of directory", path));
        }
        return {};
    }

    Result<void> link(const std::filesystem::path& file,
                      const std::filesystem::path& name) override {
        if (::link(file.c_str(), name.c_str()) == 0) {
            return {};
        }
        const int code = errno;
        if (code == EEXIST) {
            return is_same_file(file, name) ? Result<void>()
                                            : fail(Errc::conflict, "link: " + name.string());
        }
        return fail(file_error(code, "link", file));
    }

    Result<void> remove(const std::filesystem::path& path) override {
        if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
            return fail(file_error(errno, "remove", path));
        }
        return {};
    }
};

}  // namespace

FileHandle::~FileHandle() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

FileHandle::FileHandle(FileHandle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

std::unique_ptr<FileSystem> real_file_system() {
    return std::make_unique<RealFileSystem>();
}

Result<std::uint64_t> file_size(const FileHandle& file) {
    struct stat status{};
    if (::fstat(file.fd(), &status) != 0) {
        return fail(file_error(errno, "stat", name_of(file)));
    }
    return static_cast<std::uint64_t>(status.st_size);
}

Result<std::uint64_t> written_size(const FileHandle& file) {
    BERTH_TRY(const std::uint64_t size, file_size(file));
    if (size == 0) {
        return size;
    }
    // Pages that are not written yet but in memory count as data.
    const off_t hole = ::lseek(file.fd(), 0, SEEK_HOLE);
    if (hole < 0 && errno != EINVAL) {
        return fail(file_error(errno, "search for a hole", name_of(file)));
    }
    return hole < 0 ? size : std::min(size, static_cast<std::uint64_t>(hole));
}

Result<void> read_exactly(const FileHandle& file, MutableBytes out, std::uint64_t offset) {
    while (!out.empty()) {
        const ssize_t got = ::pread(file.fd(), out.data(), out.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail(file_error(errno, "read", name_of(file)));
        }
        if (got == 0) {
            return fail(Errc::corrupt, fmt::format("{} ends at {}, {} bytes early",
                                                   name_of(file).string(), offset, out.size()));
        }
        out = out.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
    return {};
}

Result<void> preallocate(const FileHandle& file, std::uint64_t size) {
    // Not posix_fallocate: where the file system cannot, glibc writes the blocks one by one.
    if (::fallocate(file.fd(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size)) != 0 &&
        (errno == ENOSPC || errno == EDQUOT)) {
        return fail(file_error(errno, "preallocation", name_of(file)));
    }
    return {};
}

void start_write_out(const FileHandle& file, std::uint64_t offset, std::uint64_t length) {
    // Without a WAIT flag no error is consumed: the later fdatasync still reports it.
    static_cast<void>(::sync_file_range(file.fd(), static_cast<off_t>(offset),
                                        static_cast<off_t>(length), SYNC_FILE_RANGE_WRITE));
}

Result<std::vector<std::string>> list_directory(const std::filesystem::path& path) {
    std::error_code error;
    std::vector<std::string> names;
    for (std::filesystem::directory_iterator at(path, error), end; !error && at != end;
         at.increment(error)) {
        names.push_back(at->path().filename().string());
    }
    if (error) {
        return fail(file_error(error.value(), "list", path));
    }
    return names;
}

Result<void> make_directories(const std::filesystem::path& path) {
    std::filesystem::path part;
    for (const auto& name : path) {
        part /= name;
        if (::mkdir(part.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
            return fail(file_error(errno, "creation of directory", part));
        }
    }
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
        return fail(file_error(ENOTDIR, "creation of directory", path));
    }
    return {};
}

Errc file_errc(int errno_value) {
    switch (errno_value) {
        case ENOSPC:
        case EDQUOT:
            return Errc::disk_full;
        case EROFS:
            return Errc::read_only;
        case EMFILE:
        case ENFILE:
            return Errc::unavailable;  // others will close theirs
        default:
            return Errc::io_error;
    }
}

Error file_error(int errno_value, std::string_view operation, const std::filesystem::path& path) {
    return Error(file_errc(errno_value), fmt::format("{} failed: {}: {}", operation, path.string(),
                                                     std::generic_category().message(errno_value)));
}

}  // namespace berth::io
