// SPDX-License-Identifier: Apache-2.0
#include "app/descriptor_limit.h"

#include <algorithm>
#include <sys/resource.h>

namespace berth::app {

namespace {

/// Of uploads at rest there are up to 256 open; the rest is the catalog and blobs that are read.
constexpr std::uint64_t kKept = 512;

}  // namespace

std::uint64_t raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return UINT64_MAX;
    }
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

std::uint32_t connections_within(std::uint64_t descriptors, std::uint32_t wanted) {
    const std::uint64_t left = descriptors - std::min(kKept, descriptors / 2);
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, left));
}

}  // namespace berth::app
