// SPDX-License-Identifier: Apache-2.0
#include "app/data_lock.h"

#include "base/try.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>

namespace berth::app {

Result<io::FileHandle> lock_data_directory(const std::filesystem::path& directory) {
    BERTH_TRY_VOID(io::make_directories(directory));
    const std::filesystem::path path = directory / "lock";
    io::FileHandle file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    if (!file.is_open()) {
        return fail(io::file_error(errno, "open", path));
    }
    if (::flock(file.fd(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            return fail(Errc::conflict, "data directory " + directory.string() +
                                            " is in use by another Berth server");
        }
        return fail(io::file_error(errno, "flock", path));
    }
    return file;
}

}  // namespace berth::app
