// SPDX-License-Identifier: Apache-2.0
//
// One server per data directory: an exclusive flock on DATA/lock, held for the process's life. The
// kernel drops it when the process dies, however it dies.
#pragma once

#include "base/error.h"
#include "io/file.h"

#include <filesystem>

namespace berth::app {

/// Creates `directory` when absent. Errc::conflict when another process holds it.
Result<io::FileHandle> lock_data_directory(const std::filesystem::path& directory);

}  // namespace berth::app
