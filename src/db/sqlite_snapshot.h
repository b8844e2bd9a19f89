// SPDX-License-Identifier: Apache-2.0
//
// Copies a whole database as of one instant, while others write to it. Blocks; readers and the
// writer of the source go on, but its log cannot be emptied until the copy is done.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <filesystem>
#include <functional>

namespace berth::db {

/// Bytes done and in all.
using CopyProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// `to` is made new, the owner's only, and is durable but for its name in the directory. Errors:
/// those of the databases; conflict when `to` exists.
Result<void> copy_snapshot(const std::filesystem::path& from, const std::filesystem::path& to,
                           const CopyProgress& progress);

}  // namespace berth::db
