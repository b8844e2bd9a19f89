// SPDX-License-Identifier: Apache-2.0
#include "telemetry/audit_file.h"

#include "base/try.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace berth::telemetry {
namespace {

constexpr mode_t kOnlyOwner = 0600;

std::unexpected<Error> cannot_open(const std::string& path, std::string_view why) {
    return fail(Errc::io_error, "audit log " + path + ": " + std::string(why));
}

/// So that a command run by root leaves a file that the server can write to.
void give_to_owner_of_directory(int file, const std::string& path) {
    const std::string directory = std::filesystem::path(path).parent_path().string();
    struct stat owner{};
    if (::geteuid() == 0 && ::stat(directory.empty() ? "." : directory.c_str(), &owner) == 0) {
        // Who may not be given the file opens it with its own rights or says that it cannot.
        (void)!::fchown(file, owner.st_uid, owner.st_gid);
    }
}

/// Whether whoever wrote last, this process or an earlier one, found no room for the end of a line.
/// A file that may be written but not read is taken at its word.
bool ends_torn(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return false;
    }
    char last = '\n';
    struct stat status{};
    if (::fstat(file, &status) == 0 && status.st_size > 0 &&
        ::pread(file, &last, 1, status.st_size - 1) != 1) {
        last = '\n';
    }
    ::close(file);
    return last != '\n';
}

}  // namespace

AuditFile::AuditFile(std::string path, std::uint64_t bytes_max)
    : path_(std::move(path)), bytes_max_(bytes_max) {}

AuditFile::~AuditFile() {
    if (file_ >= 0) {
        ::close(file_);
    }
}

Result<std::unique_ptr<AuditFile>> AuditFile::open(std::string path, std::uint64_t bytes_max) {
    std::unique_ptr<AuditFile> file(new AuditFile(std::move(path), bytes_max));
    BERTH_TRY_VOID(file->open_file());
    return file;
}

Result<void> AuditFile::open_file() {
    // O_NONBLOCK: a pipe without a reader is refused below instead of waited for.
    constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK;
    const bool is_new = ::access(path_.c_str(), F_OK) != 0;
    const int opened = ::open(path_.c_str(), kFlags, kOnlyOwner);
    if (opened < 0) {
        return cannot_open(path_, std::strerror(errno));
    }
    struct stat status{};
    if (::fstat(opened, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(opened);
        return cannot_open(path_, "not a regular file");
    }
    if (is_new) {
        give_to_owner_of_directory(opened, path_);
    }
    const int before = std::exchange(file_, opened);
    if (before >= 0) {
        ::close(before);
    }
    torn_ = ends_torn(path_);
    return {};
}

Result<void> AuditFile::reopen() {
    const std::lock_guard lock(mutex_);
    return open_file();
}

void AuditFile::put_aside_if_large(std::size_t more) {
    struct stat status{};
    if (bytes_max_ == 0 || ::fstat(file_, &status) != 0 || status.st_size == 0 ||
        static_cast<std::uint64_t>(status.st_size) + more <= bytes_max_) {
        return;
    }
    const std::string aside = path_ + ".1";
    if (::rename(path_.c_str(), aside.c_str()) == 0) {
        // When no new file can be made the old one goes on under its new name.
        (void)open_file();
    }
}

std::uint64_t AuditFile::append(std::string_view lines) {
    const std::lock_guard lock(mutex_);
    put_aside_if_large(lines.size());
    if (torn_ && write_all("\n") == 1) {
        torn_ = false;
    }
    const std::size_t written = torn_ ? 0 : write_all(lines);
    if (written > 0) {
        torn_ = lines[written - 1] != '\n';
    }
    return static_cast<std::uint64_t>(std::ranges::count(lines.substr(written), '\n'));
}

std::size_t AuditFile::write_all(std::string_view bytes) const {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t count = ::write(file_, bytes.data() + done, bytes.size() - done);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            break;
        }
        done += static_cast<std::size_t>(count);
    }
    return done;
}

}  // namespace berth::telemetry
