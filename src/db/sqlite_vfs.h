// SPDX-License-Identifier: Apache-2.0
//
// How SQLite's shared memory grows. SQLite writes one byte into each 4 KiB of the file it maps, so
// that all of it has a place on the disk. Where the file system's blocks are smaller (ext4 of less
// than 512 MiB has 1 KiB), the rest of them is missing, and the first write to the memory on a full
// disk would be a signal that ends the process. Here it is a full disk that SQLite is told about.
#pragma once

namespace berth::db {

/// The name to open databases with. Any thread.
const char* vfs_with_backed_memory();

}  // namespace berth::db
