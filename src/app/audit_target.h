// SPDX-License-Identifier: Apache-2.0
//
// The setting audit.target as an open log: the server's, and that of a management command, which
// appends to the same file from a process of its own.
#pragma once

#include "app/config.h"
#include "base/error.h"
#include "telemetry/audit_log.h"
#include "telemetry/log.h"

#include <memory>
#include <string_view>

namespace berth::app {

/// nullptr: off, also where nothing is kept and no target is named. The data directory must exist.
/// `log` must outlive what is returned. Errors: io_error, for the operator: who asked for an audit
/// log is not served without one.
Result<std::unique_ptr<telemetry::AuditLog>> open_audit_log(const Config& config,
                                                            telemetry::Logger& log);

/// The lines of management commands. Open it before anything is changed: what cannot be written
/// down is not done.
class ManagementAudit {
  public:
    /// With the target `stdout`, which belongs to the command's answer, lines go to standard error.
    /// Errors: as above.
    static Result<ManagementAudit> open(const Config& config);

    /// `operation` is the command's name (`user_create`), `subject` what it was done to (the
    /// account's name): no passwords, no tokens. The principal is the user of the system who runs
    /// the command.
    void done(std::string_view operation, std::string_view subject);

  private:
    ManagementAudit() = default;

    std::unique_ptr<telemetry::AuditLog> log_;
};

}  // namespace berth::app
