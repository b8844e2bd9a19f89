// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_vfs.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstddef>
#include <sys/mman.h>

namespace berth::db {

namespace {

constexpr const char* kName = "berth";
constexpr int kWithSharedMemory = 2;  // version of the methods

struct Methods {
    const sqlite3_io_methods* system;
    sqlite3_io_methods ours;
};

// The kernel takes the missing blocks here, as a write to the memory would, but says when there are
// none. Kernels before 5.14 do not know how: they answer EINVAL.
bool is_backed(void volatile* memory, int size) {
    return ::madvise(const_cast<void*>(memory), static_cast<std::size_t>(size),
                     MADV_POPULATE_WRITE) == 0 ||
           errno != EFAULT;
}

int map_shared(sqlite3_file* file, int region, int size, int extend, void volatile** out);

// SQLite has one table of methods for all files of a kind of file system.
const Methods& methods_like(const sqlite3_io_methods* system) {
    static const Methods methods = [system] {
        Methods made{.system = system, .ours = *system};
        made.ours.xShmMap = map_shared;
        return made;
    }();
    return methods;
}

// Asked again for memory that was refused, the system has it at hand: hence always.
int map_shared(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
    const sqlite3_io_methods* const system = methods_like(file->pMethods).system;
    const int code = system->xShmMap(file, region, size, extend, out);
    if (code == SQLITE_OK && *out != nullptr && !is_backed(*out, size)) {
        *out = nullptr;
        return SQLITE_FULL;
    }
    return code;
}

sqlite3_vfs* system_vfs() {
    return sqlite3_vfs_find("unix");
}

int open_file(sqlite3_vfs* /*self*/, const char* name, sqlite3_file* file, int flags, int* out) {
    sqlite3_vfs* const system = system_vfs();
    const int code = system->xOpen(system, name, file, flags, out);
    const sqlite3_io_methods* const found = file->pMethods;
    const bool maps = (flags & SQLITE_OPEN_MAIN_DB) != 0 && found != nullptr &&
                      found->iVersion >= kWithSharedMemory && found->xShmMap != nullptr;
    // Another kind of file system would need another table: it is left as it is.
    if (code == SQLITE_OK && maps && methods_like(found).system == found) {
        file->pMethods = &methods_like(found).ours;
    }
    return code;
}

bool register_once() {
    const sqlite3_vfs* const system = system_vfs();
    if (system == nullptr) {
        return false;
    }
    static sqlite3_vfs ours = *system;  // all but opening is the system's own
    ours.pNext = nullptr;
    ours.zName = kName;
    ours.xOpen = open_file;
    return sqlite3_vfs_register(&ours, 0) == SQLITE_OK;
}

}  // namespace

// Whoever has made another one the default (a test) wants to see what happens to the files.
const char* vfs_with_backed_memory() {
    static const bool registered = register_once();
    return registered && sqlite3_vfs_find(nullptr) == system_vfs() ? kName : nullptr;
}

}  // namespace berth::db
