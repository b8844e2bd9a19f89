// SPDX-License-Identifier: Apache-2.0
#include "blob/fs/fs_quarantine.h"

#include "base/try.h"
#include "blob/fs/fs_layout.h"

#include <algorithm>
#include <system_error>

namespace berth::blob {

FsQuarantine::FsQuarantine(const std::filesystem::path& root, io::FileSystem& files)
    : root_(root), quarantine_(root / "quarantine"), files_(files) {}

// A second name first, then the first one goes: at no instant has the object none.
Result<bool> FsQuarantine::take(const Location& location) {
    const auto path = FsLayout(root_).blob_path(location);
    if (!path) {
        return fail(Errc::corrupt, "no location of this store: " + location.text);
    }
    std::error_code ignored;
    if (!std::filesystem::exists(*path, ignored)) {
        return false;
    }
    std::string name = location.text;
    std::ranges::replace(name, '/', '-');
    BERTH_TRY_VOID(io::make_directories(quarantine_));
    BERTH_TRY_VOID(files_.link(*path, quarantine_ / name));
    BERTH_TRY_VOID(files_.sync_directory(quarantine_));
    BERTH_TRY_VOID(files_.remove(*path));
    BERTH_TRY_VOID(files_.sync_directory(path->parent_path()));
    return true;
}

Result<void> FsQuarantine::keep(const std::string& name, ByteView bytes) {
    BERTH_TRY_VOID(io::make_directories(quarantine_));
    BERTH_TRY(const io::FileHandle file, files_.open_write(quarantine_ / name, true));
    BERTH_TRY_VOID(files_.truncate(file, 0));
    BERTH_TRY_VOID(files_.write_at(file, bytes, 0));
    BERTH_TRY_VOID(files_.sync(file));
    return files_.sync_directory(quarantine_);
}

}  // namespace berth::blob
