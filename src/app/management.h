// SPDX-License-Identifier: Apache-2.0
//
// What every command that manages a catalog has: the catalog, the audit log, which is opened before
// anything is changed, and the time at which it acts. One thread.
#pragma once

#include "app/audit_target.h"
#include "app/catalog.h"
#include "app/command.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/try.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace berth::app {

class Management {
  public:
    /// `given` must outlive the object.
    static Result<Management> open(const Invocation& given);

    Timestamp now() const { return now_; }

    template <class Fn>
    std::invoke_result_t<Fn&, db::Session&> read(Fn work) {
        return catalog_.read(std::move(work));
    }

    /// A transaction and, when it succeeded, its audit line: `operation` is the command's name,
    /// `subject` the account, scope map or key.
    template <class Fn>
    std::invoke_result_t<Fn&, db::Session&> change(std::string_view operation,
                                                   std::string_view subject, Fn work) {
        BERTH_TRY_VOID(open_audit());
        auto outcome = catalog_.write(std::move(work));
        if (outcome) {
            record(operation, subject);
        }
        return outcome;
    }

    /// A transaction of many changes; the caller records them.
    template <class Fn>
    std::invoke_result_t<Fn&, db::Session&> change_many(Fn work) {
        BERTH_TRY_VOID(open_audit());
        return catalog_.write(std::move(work));
    }

    /// A transaction that changes nothing anybody would ask about: it has no audit line.
    template <class Fn>
    std::invoke_result_t<Fn&, db::Session&> note(Fn work) {
        return catalog_.write(std::move(work));
    }

    /// Another audit line for what the last change did.
    void record(std::string_view operation, std::string_view subject);

    /// Removes DATA/admin-password, which a changed password made stale; nullopt when there is none
    /// or it cannot be removed.
    std::optional<std::filesystem::path> remove_first_password() const;

  private:
    Management(Catalog catalog, const Config& config);
    Result<void> open_audit();

    Catalog catalog_;
    const Config* config_;  // the invocation's
    std::optional<ManagementAudit> audit_;
    Timestamp now_;
};

/// `json` and a newline, or `text`, as the command was asked for.
std::string answer(const Invocation& given, const std::string& json, std::string text);

}  // namespace berth::app
