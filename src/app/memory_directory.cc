// SPDX-License-Identifier: Apache-2.0
#include "app/memory_directory.h"

#include "base/bytes.h"
#include "base/try.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <linux/magic.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <system_error>
#include <unistd.h>

namespace berth::app {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kRoom = 256 * kMiB;
/// Made under one name and renamed once it is locked: whatever has this one was locked before it
/// got it, and is left behind if it is not locked any more.
constexpr const char* kPrefix = "berth-memory-";
constexpr const char* kDraftPrefix = "berth-new-";

bool is_tmpfs_with_room(const fs::path& place, std::uint64_t room) {
    struct statfs status{};
    return ::statfs(place.c_str(), &status) == 0 && status.f_type == TMPFS_MAGIC &&
           status.f_bavail * static_cast<std::uint64_t>(status.f_bsize) >= room &&
           ::access(place.c_str(), W_OK | X_OK) == 0;
}

/// A directory, no link to one, that belongs to this user; locked, unless its process lives.
io::FileHandle lock_left_behind(const fs::path& path) {
    io::FileHandle file(
        ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    struct stat status{};
    if (!file.is_open() || ::fstat(file.fd(), &status) != 0 || status.st_uid != ::geteuid() ||
        ::flock(file.fd(), LOCK_EX | LOCK_NB) != 0) {
        return {};
    }
    return file;
}

/// Links in it are removed, not followed. Nobody else can put something into its place: it is this
/// user's, in a directory where others may not rename it.
void remove_tree(const fs::path& path) {
    std::error_code ignored;
    fs::remove_all(path, ignored);
}

void remove_left_behind(const fs::path& place) {
    std::error_code error;
    for (fs::directory_iterator entry(place, error), end; !error && entry != end;
         entry.increment(error)) {
        if (!entry->path().filename().string().starts_with(kPrefix)) {
            continue;
        }
        const io::FileHandle lock = lock_left_behind(entry->path());
        if (lock.is_open()) {
            remove_tree(entry->path());
        }
    }
}

}  // namespace

Result<MemoryDirectory> MemoryDirectory::make() {
    std::error_code error;
    const fs::path temporary = fs::temp_directory_path(error);
    return make({"/dev/shm", error ? fs::path("/tmp") : temporary}, kRoom);
}

Result<MemoryDirectory> MemoryDirectory::make(const std::vector<fs::path>& places,
                                              std::uint64_t room) {
    const fs::path* chosen = nullptr;
    for (const fs::path& place : places) {
        remove_left_behind(place);
        if (chosen == nullptr && (&place == &places.back() || is_tmpfs_with_room(place, room))) {
            chosen = &place;
        }
    }
    std::string draft = (*chosen / (std::string(kDraftPrefix) + "XXXXXX")).string();
    if (::mkdtemp(draft.data()) == nullptr) {  // 0700
        return fail(io::file_error(errno, "mkdtemp", draft));
    }
    io::FileHandle lock = lock_left_behind(draft);
    const fs::path path = *chosen / (kPrefix + draft.substr(draft.size() - 6));
    if (!lock.is_open() || ::rename(draft.c_str(), path.c_str()) != 0) {
        const Error why = io::file_error(errno, "lock or rename", draft);
        ::rmdir(draft.c_str());
        return fail(why);
    }
    return MemoryDirectory(path, std::move(lock));
}

MemoryDirectory::~MemoryDirectory() {
    if (lock_.is_open()) {
        remove_tree(path_);
    }
}

MemoryDirectory::MemoryDirectory(MemoryDirectory&& other) noexcept = default;

}  // namespace berth::app
