// SPDX-License-Identifier: Apache-2.0
//
// For tests: a directory of one's own that goes with the object.
#pragma once

#include "base/assert.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace berth::db::testing {

class TempDir {
  public:
    TempDir() {
        std::string pattern = (std::filesystem::temp_directory_path() / "berth-db-XXXXXX").string();
        BERTH_CHECK(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }

    ~TempDir() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

}  // namespace berth::db::testing
