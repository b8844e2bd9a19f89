// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_error.h"

#include "io/file.h"

#include <sqlite3.h>

namespace berth::db {

Errc sqlite_errc(int code, int system_error) {
    switch (code & 0xff) {
        case SQLITE_FULL:
            return Errc::disk_full;
        case SQLITE_READONLY:
            return Errc::read_only;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return Errc::corrupt;
        case SQLITE_CONSTRAINT:
            return Errc::conflict;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:
            return Errc::unavailable;
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
            // A full disk shows as these where SQLite grows its shared memory or creates a file.
            return io::file_errc(system_error);
        default:
            return Errc::internal;
    }
}

}  // namespace berth::db
