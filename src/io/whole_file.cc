// SPDX-License-Identifier: Apache-2.0
#include "io/whole_file.h"

#include "base/try.h"
#include "io/file.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace berth::io {

namespace {

/// A new, empty file, at a path where a crash may have left one.
Result<FileHandle> create_new(const std::filesystem::path& path, mode_t mode) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return fail(file_error(errno, "unlink", path));
    }
    FileHandle file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode & 0600U));
    // Whatever the umask says.
    if (!file.is_open() || ::fchmod(file.fd(), mode) != 0) {
        return fail(file_error(errno, "create", path));
    }
    return file;
}

}  // namespace

Result<void> write_whole_file(const std::filesystem::path& path, std::string_view text,
                              mode_t mode) {
    const std::unique_ptr<FileSystem> files = real_file_system();
    std::filesystem::path draft = path;
    draft += ".new";
    BERTH_TRY(const FileHandle file, create_new(draft, mode));
    BERTH_TRY_VOID(files->write_at(file, as_bytes(text), 0));
    BERTH_TRY_VOID(files->sync(file));
    if (::rename(draft.c_str(), path.c_str()) != 0) {
        return fail(file_error(errno, "rename", path));
    }
    const std::filesystem::path directory = path.parent_path();
    return files->sync_directory(directory.empty() ? "." : directory);
}

Result<std::string> read_whole_file(const std::filesystem::path& path, std::uint64_t bytes_max) {
    BERTH_TRY(const FileHandle file, real_file_system()->open_read(path));
    BERTH_TRY(const std::uint64_t size, file_size(file));
    if (size > bytes_max) {
        return fail(Errc::io_error,
                    path.string() + " is larger than " + std::to_string(bytes_max) + " bytes");
    }
    std::string text(static_cast<std::size_t>(size), '\0');
    BERTH_TRY_VOID(
        read_exactly(file, std::as_writable_bytes(std::span(text.data(), text.size())), 0));
    return text;
}

}  // namespace berth::io
