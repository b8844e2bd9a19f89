// SPDX-License-Identifier: Apache-2.0
//
// The catalog of a data directory, for a command: it may run beside a server, whose requests see
// what it commits at once, or while none runs. It makes no catalog and leaves the schema alone
// while a server, which may be older, has it open. One thread.
#pragma once

#include "app/config.h"
#include "base/error.h"
#include "base/try.h"
#include "db/sqlite_database.h"
#include "io/file.h"

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace berth::app {

class Catalog {
  public:
    /// Errors, with texts for the operator: not there, of a newer or older program, the database's.
    static Result<Catalog> open(const Config& config);

    /// Runs `work(db::Session&) -> Result<T>` on a snapshot.
    template <class Fn>
    std::invoke_result_t<Fn&, db::Session&> read(Fn work) {
        std::optional<std::invoke_result_t<Fn&, db::Session&>> outcome;
        BERTH_TRY_VOID(database_->read_now(
            [&work, &outcome](db::Session& session) { outcome.emplace(work(session)); }));
        return *std::move(outcome);
    }

    /// The same in one transaction, which is kept when the work succeeds. Waits for transactions
    /// of the server; `work` may run more than once.
    template <class Fn>
    std::invoke_result_t<Fn&, db::Session&> write(Fn work) {
        std::optional<std::invoke_result_t<Fn&, db::Session&>> outcome;
        BERTH_TRY_VOID(database_->write_now([&work, &outcome](db::Session& session) {
            outcome.emplace(work(session));
            return outcome->has_value();
        }));
        return *std::move(outcome);
    }

    /// For services, which take a Database.
    db::Database& database() { return *database_; }

  private:
    Catalog(std::unique_ptr<db::SqliteDatabase> database, io::FileHandle lock)
        : lock_(std::move(lock)), database_(std::move(database)) {}

    io::FileHandle lock_;  // open after the schema had to be changed: no server starts meanwhile
    std::unique_ptr<db::SqliteDatabase> database_;
};

}  // namespace berth::app
