// SPDX-License-Identifier: Apache-2.0
//
// Who was refused, who changed what, who signed in: one JSON object a line (docs/audit.md). write()
// leaves the line to a writer thread and never waits; what does not fit its queue (4 MiB) or the
// disk is counted, told in a line of its own (`audit_lines_lost`) as soon as there is room, and
// logged. Nothing a client sends can start a line or a member of its own; its texts are cut at
// lengths that are named in audit_log.cc.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "telemetry/log.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace berth::telemetry {

/// Borrows its texts for the duration of write(). Empty texts and a status of 0 are left out. There
/// is no place for a secret; a name that no account has may be a password in the wrong field and
/// does not belong here either.
struct AuditRecord {
    Timestamp time;
    std::string_view event;      // access, change, sign_in, management
    std::string_view result;     // challenged, refused, done, signed_in
    std::string_view principal;  // empty for anonymous
    std::string_view kind;       // of principal
    std::string_view method;     // how it showed who it is
    std::string_view operation;  // name of the route or of the command
    std::string_view repository;
    std::string_view reference;  // tag or digest, as asked for
    std::string_view tags;       // given beside a digest
    std::string_view digest;     // of what was pushed
    std::string_view source;     // repository a blob was mounted from
    std::string_view subject;    // account, scope map, issuer that this is about
    std::uint32_t status = 0;
    std::string_view rule;    // what allowed or refused it
    std::string_view reason;  // of a refusal
    std::string_view address;
    std::string_view user_agent;
    std::string_view correlation_id;
};

class AuditLog {
  public:
    /// Writes to file descriptor `target`, which stays the caller's and must outlive the AuditLog.
    explicit AuditLog(int target);
    /// Appends to a file, which is put aside as `path`.1 at `bytes_max` (0: never; for all but the
    /// server). `log`, when there is one, hears of lines that could not be written and must outlive
    /// the AuditLog. Errors: io_error.
    static Result<std::unique_ptr<AuditLog>> open(std::string path, std::uint64_t bytes_max,
                                                  Logger* log);
    /// Writes what is queued.
    ~AuditLog();
    AuditLog(const AuditLog&) = delete;
    AuditLog& operator=(const AuditLog&) = delete;

    /// Any thread.
    void write(const AuditRecord& record);
    /// After the file was renamed (SIGHUP): goes on in a new one. Waits for the disk; any thread.
    Result<void> reopen();
    /// Lines lost since the start.
    std::uint64_t dropped() const;

  private:
    struct State;
    explicit AuditLog(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace berth::telemetry
