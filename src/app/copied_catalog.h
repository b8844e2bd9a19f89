// SPDX-License-Identifier: Apache-2.0
//
// A copy of a catalog that nobody else has open: reading and changing it without a coroutine, and
// its rows of objects. One thread.
#pragma once

#include "base/error.h"
#include "base/try.h"
#include "db/sqlite_database.h"
#include "meta/stored_blobs.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace berth::app {

/// Runs `work(Session&) -> Result<T>` in a transaction that is kept when the work succeeds.
template <class Fn>
std::invoke_result_t<Fn&, db::Session&> write_to(db::SqliteDatabase& database, Fn work) {
    std::optional<std::invoke_result_t<Fn&, db::Session&>> outcome;
    BERTH_TRY_VOID(database.write_now([&](db::Session& session) {
        outcome.emplace(work(session));
        return outcome->has_value();
    }));
    return *std::move(outcome);
}

/// The same on a snapshot.
template <class Fn>
std::invoke_result_t<Fn&, db::Session&> read_from(db::SqliteDatabase& database, Fn work) {
    std::optional<std::invoke_result_t<Fn&, db::Session&>> outcome;
    BERTH_TRY_VOID(
        database.read_now([&](db::Session& session) { outcome.emplace(work(session)); }));
    return *std::move(outcome);
}

/// The live blobs whose bytes are in files, one after the other.
class ObjectRows {
  public:
    explicit ObjectRows(db::SqliteDatabase& catalog) : catalog_(catalog) {}

    Result<std::optional<meta::BlobRecord>> next();

  private:
    db::SqliteDatabase& catalog_;
    std::int64_t after_ = 0;
    std::vector<meta::BlobRecord> rows_;
    std::size_t at_ = 0;
};

}  // namespace berth::app
