// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_change_mark.h"

#include <sqlite3.h>

#include <atomic>
#include <cstddef>

namespace berth::db {
namespace {

// Of the one format there is; another one is not understood here.
constexpr std::uint32_t kHeaderVersion = 3'007'000;
// SQLite maps the index in pieces of this size; the header is in the first.
constexpr int kPieceBytes = 32 * 1024;

}  // namespace

SqliteChangeMark::SqliteChangeMark(sqlite3* connection) {
    sqlite3_file* file = nullptr;
    const int found = sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER,
                                           static_cast<void*>(&file));
    if (found != SQLITE_OK || file == nullptr || file->pMethods == nullptr ||
        file->pMethods->iVersion < 2 || file->pMethods->xShmMap == nullptr) {
        return;
    }
    void volatile* piece = nullptr;
    if (file->pMethods->xShmMap(file, 0, kPieceBytes, 0, &piece) == SQLITE_OK) {
        // Shared with other processes: read() loads it word by word.
        header_ = static_cast<std::uint32_t*>(const_cast<void*>(piece));
    }
}

// A commit under way may be seen in part. That equals no mark of before or after it: its words are
// a counter, sizes and checksums of all of them.
std::optional<ChangeMark> SqliteChangeMark::read() const {
    if (header_ == nullptr) {
        return std::nullopt;
    }
    ChangeMark mark;
    for (std::size_t i = 0; i < mark.words.size(); ++i) {
        mark.words[i] = std::atomic_ref(header_[i]).load(std::memory_order_acquire);
    }
    return mark.words[0] == kHeaderVersion ? std::optional(mark) : std::nullopt;
}

}  // namespace berth::db
