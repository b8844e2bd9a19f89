// SPDX-License-Identifier: Apache-2.0
//
// What lies in the directories of the embedded store, whether or not a row names it. Blocks: for
// the BlockingPool.
#pragma once

#include "base/error.h"
#include "blob/blob_store.h"
#include "blob/fs/fs_layout.h"

#include <cstddef>
#include <cstdint>

namespace berth::blob {

/// One for each directory that can hold objects, and one for what lies beside those.
inline constexpr std::size_t kObjectParts = 2 * 256 + 1;

/// A directory that was not made yet has nothing.
Result<ObjectList> list_part(const FsLayout& layout, std::size_t part);
/// 0 when there is no such file.
Result<std::uint64_t> object_size(const FsLayout& layout, const Location& location);

}  // namespace berth::blob
