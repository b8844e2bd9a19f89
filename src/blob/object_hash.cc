// SPDX-License-Identifier: Apache-2.0
#include "blob/object_hash.h"

#include "base/try.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <new>
#include <unistd.h>
#include <utility>

namespace berth::blob {
namespace {

constexpr std::size_t kAlignment = 4096;

bool set_direct(const io::FileHandle& file, bool direct) {
    const int flags = ::fcntl(file.fd(), F_GETFL);
    return flags >= 0 &&
           ::fcntl(file.fd(), F_SETFL, direct ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;
}

}  // namespace

ObjectHash::ObjectHash(const io::FileHandle& file, std::uint64_t size, oci::Algorithm algorithm)
    : file_(file),
      size_(size),
      direct_(set_direct(file, true)),
      hasher_(algorithm),
      buffer_(static_cast<std::byte*>(std::aligned_alloc(kAlignment, kStepBytes))) {
    if (!buffer_) {
        throw std::bad_alloc();
    }
}

Result<std::uint64_t> ObjectHash::step() {
    const std::uint64_t most = std::min(kStepBytes, size_ - offset_);
    BERTH_TRY(const std::uint64_t read_now, read(most));
    const std::uint64_t got = std::min(read_now, most);
    if (got == 0) {
        return fail(Errc::corrupt, fmt::format("the file ends at {} of {} bytes", offset_, size_));
    }
    hasher_.update(ByteView(buffer_.get(), got));
    if (!direct_) {
        static_cast<void>(::posix_fadvise(file_.fd(), static_cast<off_t>(offset_),
                                          static_cast<off_t>(got), POSIX_FADV_DONTNEED));
    }
    offset_ += got;
    return got;
}

// A direct read asks for whole steps: its length must be a multiple of the device's blocks, and at
// the end of the file it answers what there is.
Result<std::uint64_t> ObjectHash::read(std::uint64_t most) {
    while (true) {
        const ssize_t got = ::pread(file_.fd(), buffer_.get(), direct_ ? kStepBytes : most,
                                    static_cast<off_t>(offset_));
        if (got >= 0) {
            return static_cast<std::uint64_t>(got);
        }
        if (errno == EINTR || (errno == EINVAL && leave_direct())) {
            continue;
        }
        return fail(io::file_error(errno, "read", "an object"));
    }
}

bool ObjectHash::leave_direct() {
    return std::exchange(direct_, false) && set_direct(file_, false);
}

Result<oci::Digest> hash_object(const io::FileHandle& file, std::uint64_t size,
                                oci::Algorithm algorithm) {
    ObjectHash hash(file, size, algorithm);
    while (!hash.is_done()) {
        BERTH_TRY_VOID(hash.step());
    }
    return hash.finish();
}

}  // namespace berth::blob
