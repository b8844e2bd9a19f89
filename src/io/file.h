// SPDX-License-Identifier: Apache-2.0
//
// Files with errors as values, and the seam where tests make the disk fail. Every call here may
// block: fsync, link, directory work and cold reads belong on the BlockingPool. FileSystem is
// passed in; `real_file_system()` is the only production implementation.
#pragma once

#include "base/bytes.h"
#include "base/error.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace berth::io {

/// Owns a descriptor. Not shared between threads without the owner's care.
class FileHandle {
  public:
    FileHandle() = default;

    explicit FileHandle(int fd) : fd_(fd) {}

    ~FileHandle();
    FileHandle(FileHandle&& other) noexcept;
    FileHandle& operator=(FileHandle&& other) noexcept;

    int fd() const { return fd_; }

    bool is_open() const { return fd_ >= 0; }

  private:
    int fd_ = -1;
};

/// The operations whose failure loses data. Errc::disk_full for ENOSPC and EDQUOT, Errc::read_only
/// for EROFS, Errc::blob_unknown never: a missing file is Errc::corrupt when a row named it (the
/// caller's decision), reported here as Errc::io_error with errno text; open_* report ENOENT as
/// Errc::upload_unknown for the caller to translate. At most 8 methods.
class FileSystem {
  public:
    virtual ~FileSystem() = default;
    /// Opens for reading; ENOENT -> Errc::upload_unknown.
    virtual Result<FileHandle> open_read(const std::filesystem::path& path) = 0;
    /// Opens for reading and writing, created 0640 when absent if `create`.
    virtual Result<FileHandle> open_write(const std::filesystem::path& path, bool create) = 0;
    /// Writes all of `bytes` at `offset` or fails; a short write at ENOSPC is a failure.
    virtual Result<void> write_at(const FileHandle& file, ByteView bytes, std::uint64_t offset) = 0;
    virtual Result<void> truncate(const FileHandle& file, std::uint64_t size) = 0;
    /// fdatasync. After a failure the data must be considered lost: never retry into a success.
    virtual Result<void> sync(const FileHandle& file) = 0;
    virtual Result<void> sync_directory(const std::filesystem::path& path) = 0;
    /// Gives `file` the second name `name`. Success also when `name` is that file already,
    /// Errc::conflict when it is another one.
    virtual Result<void> link(const std::filesystem::path& file,
                              const std::filesystem::path& name) = 0;
    /// Removing what is absent succeeds.
    virtual Result<void> remove(const std::filesystem::path& path) = 0;
};

std::unique_ptr<FileSystem> real_file_system();

/// Size of an open file.
Result<std::uint64_t> file_size(const FileHandle& file);
/// Where the first byte is that was never written to the device: the start of the first hole, or
/// the size. After a power cut a file may be longer than what of it was written; ext4 fills the
/// rest with zeros that no one wrote.
Result<std::uint64_t> written_size(const FileHandle& file);
/// Reads exactly `out.size()` bytes at `offset`; Errc::corrupt at a premature end.
Result<void> read_exactly(const FileHandle& file, MutableBytes out, std::uint64_t offset);
/// Reserves blocks for the first `size` bytes without changing the file's size. A file system that
/// cannot is success; Errc::disk_full when there is no room.
Result<void> preallocate(const FileHandle& file, std::uint64_t size);
/// Asks the kernel to begin writing this part to the device, so that a later sync has less to do.
/// Promises nothing and reports nothing; blocks while the device's queue is full.
void start_write_out(const FileHandle& file, std::uint64_t offset, std::uint64_t length);
/// Names of the entries of a directory, in no order.
Result<std::vector<std::string>> list_directory(const std::filesystem::path& path);
/// Creates `path` and its parents; directories are 0750.
Result<void> make_directories(const std::filesystem::path& path);
/// What `errno_value` of a failed call is: disk_full, read_only, unavailable, io_error.
Errc file_errc(int errno_value);
/// An Error of that code for a failed `operation`.
Error file_error(int errno_value, std::string_view operation, const std::filesystem::path& path);

}  // namespace berth::io
