// SPDX-License-Identifier: Apache-2.0
//
// Small files written as a whole: whoever opens one sees the old text or the new one, never half of
// it, also after a crash. Blocks.
#pragma once

#include "base/error.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace berth::io {

/// Replaces `path` by a new file with exactly this mode (0600 for secrets). What is under that name
/// is not followed when it is a link. Synced.
Result<void> write_whole_file(const std::filesystem::path& path, std::string_view text,
                              mode_t mode);

/// At most `bytes_max` bytes. Errc::upload_unknown when there is none, as FileSystem::open_read().
Result<std::string> read_whole_file(const std::filesystem::path& path, std::uint64_t bytes_max);

}  // namespace berth::io
