// SPDX-License-Identifier: Apache-2.0
#include "io/cold_file.h"

#include "base/bytes.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/uio.h>
#include <unistd.h>
#include <vector>

namespace berth::io {

namespace {

/// How far a pool thread reads ahead of a cold transfer.
constexpr std::uint64_t kWarmBytes = 4 * kMiB;
constexpr std::size_t kWarmStep = 256 * kKiB;
/// What two cached pages at its ends vouch for, so that not every turn has to ask.
constexpr std::uint64_t kProbedBytes = 2 * kMiB;

bool is_cached(int fd, std::uint64_t offset) {
    std::byte probe{};
    iovec vector{&probe, 1};
    const ssize_t got = ::preadv2(fd, &vector, 1, static_cast<off_t>(offset), RWF_NOWAIT);
    // A file system that cannot answer (EOPNOTSUPP) counts as cached: sendfile decides.
    return got >= 0 || errno != EAGAIN;
}

void read_through(int fd, std::uint64_t offset, std::uint64_t length) {
    std::vector<std::byte> scratch(kWarmStep);
    for (std::uint64_t done = 0; done < length; done += kWarmStep) {
        const std::uint64_t rest = length - done;
        const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(kWarmStep, rest));
        if (::pread(fd, scratch.data(), step, static_cast<off_t>(offset + done)) <= 0) {
            return;
        }
    }
}

}  // namespace

Task<void> PageCacheProbe::warm(std::uint64_t offset, std::uint64_t length, std::uint64_t end) {
    if (is_warm(offset, length)) {
        co_return;
    }
    const std::uint64_t probed = std::max(length, std::min(kProbedBytes, end - offset));
    if (is_cached(file_.fd(), offset) && is_cached(file_.fd(), offset + probed - 1)) {
        warmed_to_ = offset + probed;
        co_return;
    }
    const std::uint64_t ahead = std::min(kWarmBytes, end - offset);
    auto job = [this, offset, ahead]() -> Result<void> {
        read_through(file_.fd(), offset, ahead);
        return {};
    };
    const Result<void> warmed = co_await pool_.run(job);
    if (warmed) {
        warmed_to_ = offset + ahead;
    }
}

}  // namespace berth::io
