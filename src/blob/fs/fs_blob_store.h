// SPDX-License-Identifier: Apache-2.0
//
// The embedded store: one file per object under the data directory (drawing in fs_layout.h).
// fsync, link and directory work run on the BlockingPool; opening a present file runs inline.
#pragma once

#include "blob/blob_store.h"
#include "io/blocking.h"
#include "io/file.h"

#include <filesystem>
#include <memory>

namespace berth::blob {

/// Creates the directories below `root`. `files` and `pool` must outlive the store.
Result<std::unique_ptr<BlobStore>> open_fs_blob_store(const std::filesystem::path& root,
                                                      io::FileSystem& files,
                                                      io::BlockingPool& pool);

}  // namespace berth::blob
