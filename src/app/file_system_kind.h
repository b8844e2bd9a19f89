// SPDX-License-Identifier: Apache-2.0
//
// What kind of file system a directory is on, as far as it matters for what is kept there. Any
// thread; asking blocks as a look at the directory does.
#pragma once

#include <filesystem>
#include <string_view>

namespace berth::app {

enum class Keeping : char {
    local,    // as far as one can tell, it keeps what fsync promised
    network,  // another machine decides what fsync and locks are worth
    memory,   // gone with the next start of the machine
};

struct FileSystemKind {
    std::string_view name = "local";
    Keeping keeping = Keeping::local;
};

/// From `f_type` of statfs(2). What is not known counts as local.
FileSystemKind file_system_kind(unsigned long type);
/// Of `directory`; local when it cannot be asked.
FileSystemKind file_system_kind(const std::filesystem::path& directory);

}  // namespace berth::app
