// SPDX-License-Identifier: Apache-2.0
//
// One line per request, written by the pipeline on the connection's thread. write() formats the
// line and leaves it to a writer thread: a slow stderr costs lines (counted), never a blocked
// I/O thread. Nothing a client sends can start a line of its own, and no secret is written: there
// is no field for Authorization, and secret query values are masked.
#pragma once

#include "base/clock.h"
#include "telemetry/log.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace berth::telemetry {

/// Borrows its texts for the duration of write(). Empty texts are printed as `-` (JSON: left out).
struct AccessRecord {
    /// When the request ended.
    Timestamp time;
    std::string_view remote_address;
    std::string_view method;
    /// As received, percent-encoded; secrets are masked by write().
    std::string_view target;
    std::uint32_t status = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::chrono::nanoseconds duration{0};
    /// Account name; empty for anonymous.
    std::string_view principal;
    /// Name of the route, e.g. `manifest_get`; empty for a route miss.
    std::string_view operation;
    std::string_view correlation_id;
    std::string_view user_agent;
    /// Of a head that never became a request: what was wrong with it. Empty: the line has no such
    /// field.
    std::string_view reason = {};
};

class AccessLog {
  public:
    /// Writes to file descriptor `target`, which stays the caller's and must outlive the AccessLog.
    explicit AccessLog(LogFormat format, int target = 2);
    /// Writes what is queued, giving up after a second when `target` takes nothing.
    ~AccessLog();
    AccessLog(const AccessLog&) = delete;
    AccessLog& operator=(const AccessLog&) = delete;

    /// Any thread. Never blocks on I/O; drops the line when the queue is full.
    void write(const AccessRecord& record);
    /// Lines lost since the start.
    std::uint64_t dropped() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// `target` with the values of secret query parameters (tokens, passwords, signatures, `_state`)
/// replaced by `***`. A parameter whose name is percent-encoded is masked too: it may be any. So is
/// what stands before the last `@` of a target with a scheme: it may be a name and a password.
std::string mask_secrets(std::string_view target);

}  // namespace berth::telemetry
