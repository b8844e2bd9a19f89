// SPDX-License-Identifier: Apache-2.0
#include "app/file_system_kind.h"

#include <algorithm>
#include <array>
#include <sys/vfs.h>

namespace berth::app {

namespace {

struct Known {
    unsigned long type;
    FileSystemKind kind;
};

// statfs(2), linux/magic.h.
constexpr std::array kKnown{
    Known{0x6969, {.name = "nfs", .keeping = Keeping::network}},
    Known{0x517B, {.name = "smb", .keeping = Keeping::network}},
    Known{0xFE534D42, {.name = "smb2", .keeping = Keeping::network}},
    Known{0xFF534D42, {.name = "cifs", .keeping = Keeping::network}},
    Known{0x01021997, {.name = "9p", .keeping = Keeping::network}},
    Known{0x00C36400, {.name = "ceph", .keeping = Keeping::network}},
    Known{0x5346414F, {.name = "afs", .keeping = Keeping::network}},
    Known{0x0BD00BD0, {.name = "lustre", .keeping = Keeping::network}},
    // Mostly other machines (sshfs, s3fs, gluster), and hardly ever more than the process behind it
    // makes of a sync.
    Known{0x65735546, {.name = "fuse", .keeping = Keeping::network}},
    Known{0x01021994, {.name = "tmpfs", .keeping = Keeping::memory}},
    Known{0x858458F6, {.name = "ramfs", .keeping = Keeping::memory}},
};

}  // namespace

FileSystemKind file_system_kind(unsigned long type) {
    const auto* known = std::ranges::find(kKnown, type, &Known::type);
    return known == kKnown.end() ? FileSystemKind() : known->kind;
}

FileSystemKind file_system_kind(const std::filesystem::path& directory) {
    struct statfs facts{};

    if (::statfs(directory.c_str(), &facts) != 0) {
        return {};
    }
    // Some magic numbers have the highest of 32 bits set, and the member is signed.
    return file_system_kind(static_cast<unsigned long>(facts.f_type) & 0xFFFFFFFFUL);
}

}  // namespace berth::app
