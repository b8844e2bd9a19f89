// SPDX-License-Identifier: Apache-2.0
//
// Name -> account with its passwords and rules, as the catalog has it at this moment: each look
// asks whether anything was committed, if so reads the access generation, and what was read before
// counts only while that is the same. So a change, also one made by the command line beside a
// running server, holds from the next request on. A request that finds nothing changed costs no
// read, one that finds other things changed a row.
#pragma once

#include "base/error.h"
#include "db/sql.h"
#include "io/task.h"
#include "meta/accounts.h"
#include "oci/access.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace berth::auth {

/// An account and what its scope maps say together.
struct Identity {
    Identity() = default;
    meta::AccountRow account;
    std::shared_ptr<const oci::Rules> rules;
};

using IdentityPtr = std::shared_ptr<const Identity>;

/// Any thread.
class Directory {
  public:
    static constexpr std::size_t kRememberedMax = 4096;

    /// `database` must outlive the object.
    explicit Directory(db::Database& database) : database_(database) {}

    /// nullptr when there is no such account. Errors: the database's.
    io::Task<Result<IdentityPtr>> find(std::string_view name);

    /// The catalog's (db::Database::change_mark()).
    std::optional<db::ChangeMark> change_mark() const { return database_.change_mark(); }

  private:
    using Mark = std::optional<db::ChangeMark>;

    IdentityPtr recall_unchanged(std::string_view name) const;
    /// `mark` was taken before `generation` was read.
    IdentityPtr recall(std::string_view name, std::int64_t generation, const Mark& mark);
    void remember(const IdentityPtr& identity, std::int64_t generation, const Mark& mark);

    db::Database& database_;
    mutable std::mutex mutex_;
    // Guarded by mutex_; what the catalog said at generation_, and says as long as it has mark_.
    std::int64_t generation_ = 0;
    Mark mark_;
    std::map<std::string, IdentityPtr, std::less<>> remembered_;
};

}  // namespace berth::auth
