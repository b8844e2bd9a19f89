// SPDX-License-Identifier: Apache-2.0
//
// Where damaged bytes go: DATA/quarantine/, never into nothing. A person may still make something
// of them. Nothing here is ever read again by the program. These calls block.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "blob/blob_store.h"
#include "io/file.h"

#include <filesystem>
#include <string>

namespace berth::blob {

class FsQuarantine {
  public:
    /// `root` is the data directory; `files` must outlive the object.
    FsQuarantine(const std::filesystem::path& root, io::FileSystem& files);

    /// Moves the object there, durably. False when it is not in the store (any more).
    Result<bool> take(const Location& location);
    /// Keeps a copy of bytes that the catalog has, as `name` (a plain file name).
    Result<void> keep(const std::string& name, ByteView bytes);

  private:
    std::filesystem::path root_;
    std::filesystem::path quarantine_;
    io::FileSystem& files_;
};

}  // namespace berth::blob
