// SPDX-License-Identifier: Apache-2.0
//
// Whether anything was committed, without asking SQLite: the first 48 bytes of the shared memory
// beside a database in WAL mode (the "WAL-index header", https://sqlite.org/walformat.html 2.1).
// Whoever commits, in whatever process, has counted it up there before its commit returns. Reading
// them costs no lock and no system call; opening the file would: closing it again would take away
// the locks that SQLite holds on it. So SQLite is asked for the memory it has mapped.
#pragma once

#include "db/sql.h"

#include <cstdint>
#include <optional>

struct sqlite3;

namespace berth::db {

/// Any thread. Good as long as the connection it came from is open.
class SqliteChangeMark {
  public:
    SqliteChangeMark() = default;
    /// `connection` has read in WAL mode. Without shared memory read() answers nullopt.
    explicit SqliteChangeMark(sqlite3* connection);

    /// nullopt: unknown.
    std::optional<ChangeMark> read() const;

  private:
    std::uint32_t* header_ = nullptr;
};

}  // namespace berth::db
