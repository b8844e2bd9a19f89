// SPDX-License-Identifier: Apache-2.0
//
// One face for two SQL engines. A Session is a connection inside a read snapshot or a write
// transaction; domain queries are plain synchronous functions on it (meta/). Database decides where
// they run: SQLite reads inline on the calling I/O thread, writes on the single writer thread that
// commits many waiting closures with one fsync.
//
// SQL text uses $1-style parameters and the subset that SQLite 3.40 and PostgreSQL 15 share.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "io/task.h"

#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <variant>

namespace berth::db {

/// NULL, integer, text, bytes. Views: what they point at must outlive the call.
using Value = std::variant<std::monostate, std::int64_t, std::string_view, ByteView>;

/// A statement: static text whose address identifies the prepared form.
struct Sql {
    explicit constexpr Sql(const char* statement) : text(statement) {}

    const char* text;
};

/// One row, valid only inside the visitor. Columns count from 0.
class Row {
  public:
    virtual ~Row() = default;
    virtual bool is_null(int column) const = 0;
    virtual std::int64_t integer(int column) const = 0;
    virtual std::string_view text(int column) const = 0;
    virtual ByteView bytes(int column) const = 0;
};

/// Return false to stop early.
using RowVisitor = std::function<bool(const Row&)>;

class Session {
  public:
    virtual ~Session() = default;
    /// Runs `sql`, calling `visit` for each row. Errors: conflict (constraint), disk_full,
    /// read_only, io_error, corrupt, unavailable (busy), internal (a mistake in the statement).
    virtual Result<void> query(const Sql& sql, std::span<const Value> parameters,
                               const RowVisitor& visit) = 0;
    /// Runs `sql` and answers the number of rows it changed.
    virtual Result<std::int64_t> execute(const Sql& sql, std::span<const Value> parameters) = 0;

    Result<void> query(const Sql& sql, std::initializer_list<Value> parameters,
                       const RowVisitor& visit) {
        return query(sql, std::span(parameters.begin(), parameters.size()), visit);
    }

    Result<std::int64_t> execute(const Sql& sql, std::initializer_list<Value> parameters) {
        return execute(sql, std::span(parameters.begin(), parameters.size()));
    }
};

using Work = std::function<void(Session&)>;
/// Answers whether the work's changes are to be kept.
using TransactionalWork = std::function<bool(Session&)>;

/// What a write that was answered may lose. Either way nothing of it is lost when the process dies,
/// it is all or nothing, and it stays in order: no later write outlives it.
enum class Durability : std::uint8_t {
    /// Nothing: the answer waits until the commit would survive a power cut.
    durable,
    /// Itself, by a power cut, until the next durable write: for what promises nothing to anybody.
    relaxed,
};

/// What a database was like at a moment. While it is the same nothing was committed, by nobody.
struct ChangeMark {
    std::array<std::uint32_t, 12> words{};

    friend bool operator==(const ChangeMark&, const ChangeMark&) = default;
};

class Database {
  public:
    virtual ~Database() = default;

    /// Costs next to nothing. What is read after taking a mark holds as long as the mark does.
    /// nullopt: unknown, so read again.
    virtual std::optional<ChangeMark> change_mark() const { return std::nullopt; }

    /// Runs `work(Session&) -> Result<T>` on a read snapshot. `work` is taken by reference and must
    /// outlive the await (name it first); it must not block on anything but the database.
    template <class Fn>
    io::Task<std::invoke_result_t<Fn&, Session&>> read(Fn& work) {
        using Outcome = std::invoke_result_t<Fn&, Session&>;
        std::optional<Outcome> outcome;
        Work step = [&work, &outcome](Session& session) { outcome.emplace(work(session)); };
        Result<void> ran = co_await run_read(step);
        if (!ran) {
            co_return std::unexpected(std::move(ran).error());
        }
        co_return std::move(*outcome);
    }

    /// Runs `work(Session&) -> Result<T>` in a write transaction of its own (a savepoint of the
    /// batch). Success is answered only after the commit is durable, unless it is `relaxed`. When
    /// `work` answers an error its changes are rolled back and the error returned. `work` may run
    /// more than once.
    template <class Fn>
    io::Task<std::invoke_result_t<Fn&, Session&>> write(
        Fn& work, Durability durability = Durability::durable) {
        using Outcome = std::invoke_result_t<Fn&, Session&>;
        std::optional<Outcome> outcome;
        TransactionalWork step = [&work, &outcome](Session& session) {
            outcome.emplace(work(session));
            return outcome->has_value();
        };
        Result<void> ran = co_await run_write(step, durability);
        if (!ran) {
            co_return std::unexpected(std::move(ran).error());
        }
        co_return std::move(*outcome);
    }

  protected:
    virtual io::Task<Result<void>> run_read(Work& work) = 0;
    virtual io::Task<Result<void>> run_write(TransactionalWork& work, Durability durability) = 0;
};

}  // namespace berth::db
