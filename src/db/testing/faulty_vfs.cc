// SPDX-License-Identifier: Apache-2.0
#include "db/testing/faulty_vfs.h"

#include "base/assert.h"

#include <sqlite3.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace berth::db::testing {

namespace {

// SQLite's interface is C with tables of functions, so the state has to be reachable without an
// object; one FaultyVfs at a time is enough for a test.
Faults current;
sqlite3_vfs shim;
std::unique_ptr<VolatileDevice> shadow;

struct Armed {
    std::mutex mutex;
    std::optional<VfsFault> fault;  // guarded by mutex
    int seen = 0;                   // guarded by mutex; calls of the fault's kind
};

Armed armed;

/// The code this call fails with, SQLITE_OK for none.
int fault_of(VfsCall call) {
    const std::lock_guard lock(armed.mutex);
    if (!armed.fault || armed.fault->call != call) {
        return SQLITE_OK;
    }
    ++armed.seen;
    const bool fails =
        armed.seen == armed.fault->nth || (armed.fault->stays && armed.seen > armed.fault->nth);
    return fails ? armed.fault->code : SQLITE_OK;
}

struct File {
    sqlite3_file base;  // first: SQLite sees only this
    sqlite3_file* real;
    const char* name;  // SQLite keeps it until the file is closed; null for a temporary one
};

const char* name_of(sqlite3_file* file) {
    return reinterpret_cast<File*>(file)->name;
}

sqlite3_file* real_of(sqlite3_file* file) {
    return reinterpret_cast<File*>(file)->real;
}

int close_file(sqlite3_file* file) {
    sqlite3_file* real = real_of(file);
    return real->pMethods == nullptr ? SQLITE_OK : real->pMethods->xClose(real);
}

int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
    if (const int code = fault_of(VfsCall::read); code != SQLITE_OK) {
        return code;
    }
    sqlite3_file* real = real_of(file);
    return real->pMethods->xRead(real, to, size, offset);
}

int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
    sqlite3_file* real = real_of(file);
    sqlite3_int64 length = 0;
    real->pMethods->xFileSize(real, &length);
    if (current.writes_hit_full_disk || (current.growth_hits_full_disk && offset + size > length)) {
        return SQLITE_FULL;
    }
    if (const int code = fault_of(VfsCall::write); code != SQLITE_OK) {
        return code;
    }
    if (name_of(file) != nullptr) {
        shadow->write(name_of(file),
                      ByteView(static_cast<const std::byte*>(from), static_cast<std::size_t>(size)),
                      static_cast<std::uint64_t>(offset));
    }
    return real->pMethods->xWrite(real, from, size, offset);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    if (const int code = fault_of(VfsCall::truncate); code != SQLITE_OK) {
        return code;
    }
    if (name_of(file) != nullptr) {
        shadow->truncate(name_of(file), static_cast<std::uint64_t>(size));
    }
    sqlite3_file* real = real_of(file);
    return real->pMethods->xTruncate(real, size);
}

int sync_file(sqlite3_file* file, int flags) {
    ++current.syncs;
    const int code = current.syncs_fail ? SQLITE_IOERR_FSYNC : fault_of(VfsCall::sync);
    if (name_of(file) != nullptr) {
        shadow->sync(name_of(file), code == SQLITE_OK);
    }
    if (code != SQLITE_OK) {
        return code;
    }
    sqlite3_file* real = real_of(file);
    return real->pMethods->xSync(real, flags);
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    sqlite3_file* real = real_of(file);
    return real->pMethods->xFileSize(real, size);
}

int lock_file(sqlite3_file* file, int level) {
    sqlite3_file* real = real_of(file);
    return real->pMethods->xLock(real, level);
}

int unlock_file(sqlite3_file* file, int level) {
    sqlite3_file* real = real_of(file);
    return real->pMethods->xUnlock(real, level);
}

int check_reserved_lock(sqlite3_file* file, int* out) {
    sqlite3_file* real = real_of(file);
    return real->pMethods->xCheckReservedLock(real, out);
}

int control_file(sqlite3_file* file, int operation, void* argument) {
    sqlite3_file* real = real_of(file);
    return real->pMethods->xFileControl(real, operation, argument);
}

int sector_size(sqlite3_file* file) {
    sqlite3_file* real = real_of(file);
    return real->pMethods->xSectorSize(real);
}

int characteristics(sqlite3_file* file) {
    sqlite3_file* real = real_of(file);
    return real->pMethods->xDeviceCharacteristics(real);
}

int map_shared(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
    if (const int code = fault_of(VfsCall::map_shared); code != SQLITE_OK) {
        return code;
    }
    sqlite3_file* real = real_of(file);
    return real->pMethods->xShmMap(real, page, size, extend, out);
}

int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
    sqlite3_file* real = real_of(file);
    return real->pMethods->xShmLock(real, offset, count, flags);
}

void shared_barrier(sqlite3_file* file) {
    sqlite3_file* real = real_of(file);
    real->pMethods->xShmBarrier(real);
}

int unmap_shared(sqlite3_file* file, int remove) {
    sqlite3_file* real = real_of(file);
    return real->pMethods->xShmUnmap(real, remove);
}

// Version 2: shared memory, but no mapped pages, so that every access passes through here.
const sqlite3_io_methods kMethods = {2,
                                     close_file,
                                     read_file,
                                     write_file,
                                     truncate_file,
                                     sync_file,
                                     file_size,
                                     lock_file,
                                     unlock_file,
                                     check_reserved_lock,
                                     control_file,
                                     sector_size,
                                     characteristics,
                                     map_shared,
                                     lock_shared,
                                     shared_barrier,
                                     unmap_shared,
                                     nullptr,
                                     nullptr};

sqlite3_vfs* system_vfs() {
    return static_cast<sqlite3_vfs*>(shim.pAppData);
}

int open_file(sqlite3_vfs* /*self*/, const char* name, sqlite3_file* file, int flags, int* out) {
    File* faulty = reinterpret_cast<File*>(file);
    faulty->real = reinterpret_cast<sqlite3_file*>(faulty + 1);
    const int code = system_vfs()->xOpen(system_vfs(), name, faulty->real, flags, out);
    faulty->name = name;
    if (name != nullptr) {
        shadow->open(name);
    }
    faulty->base.pMethods = faulty->real->pMethods == nullptr ? nullptr : &kMethods;
    return code;
}

}  // namespace

FaultyVfs::FaultyVfs() {
    current.writes_hit_full_disk = false;
    current.growth_hits_full_disk = false;
    current.syncs_fail = false;
    current.syncs = 0;
    shadow = std::make_unique<VolatileDevice>();
    sqlite3_vfs* real = sqlite3_vfs_find(nullptr);
    BERTH_CHECK(real != nullptr && real != &shim);
    shim = *real;  // all but opening is the system's own
    shim.pNext = nullptr;
    shim.zName = "faulty";
    shim.szOsFile = static_cast<int>(sizeof(File)) + real->szOsFile;
    shim.pAppData = real;
    shim.xOpen = open_file;
    BERTH_CHECK(sqlite3_vfs_register(&shim, 1) == SQLITE_OK);
}

FaultyVfs::~FaultyVfs() {
    sqlite3_vfs_unregister(&shim);
    disarm();
    shadow.reset();
}

Faults& FaultyVfs::faults() {
    return current;
}

void FaultyVfs::arm(const VfsFault& fault) {
    const std::lock_guard lock(armed.mutex);
    armed.fault = fault;
    armed.seen = 0;
}

bool FaultyVfs::disarm() {
    const std::lock_guard lock(armed.mutex);
    const bool happened = armed.fault && armed.seen >= armed.fault->nth;
    armed.fault.reset();
    return happened;
}

const VolatileDevice& FaultyVfs::device() const {
    return *shadow;
}

}  // namespace berth::db::testing
