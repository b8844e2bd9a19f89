// SPDX-License-Identifier: Apache-2.0
#include "app/audit_target.h"

#include "base/try.h"

#include <array>
#include <cstddef>
#include <filesystem>
#include <pwd.h>
#include <string>
#include <unistd.h>

namespace berth::app {
namespace {

constexpr std::string_view kOff = "off";
constexpr std::string_view kStdout = "stdout";

/// Of `target` the file; empty: none.
std::string file_of(const Config& config) {
    if (!config.audit.target.empty()) {
        return config.audit.target;
    }
    return config.in_memory ? "" : (std::filesystem::path(config.data) / "audit.log").string();
}

/// Name of the user who runs this process, or its number.
std::string system_user() {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> texts{};
    const uid_t id = ::getuid();
    if (::getpwuid_r(id, &entry, texts.data(), texts.size(), &found) == 0 && found != nullptr) {
        return found->pw_name;
    }
    return std::to_string(id);
}

}  // namespace

Result<std::unique_ptr<telemetry::AuditLog>> open_audit_log(const Config& config,
                                                            telemetry::Logger& log) {
    const std::string file = file_of(config);
    if (file.empty() || file == kOff) {
        return nullptr;
    }
    if (file == kStdout) {
        return std::make_unique<telemetry::AuditLog>(STDOUT_FILENO);
    }
    return telemetry::AuditLog::open(file, config.audit.bytes_max, &log);
}

Result<ManagementAudit> ManagementAudit::open(const Config& config) {
    ManagementAudit audit;
    const std::string file = file_of(config);
    if (file == kStdout) {
        audit.log_ = std::make_unique<telemetry::AuditLog>(STDERR_FILENO);
    } else if (!file.empty() && file != kOff) {
        // Never put aside from here: the server may be writing.
        BERTH_TRY(audit.log_, telemetry::AuditLog::open(file, 0, nullptr));
    }
    return audit;
}

void ManagementAudit::done(std::string_view operation, std::string_view subject) {
    if (log_ == nullptr) {
        return;
    }
    const std::string user = system_user();
    telemetry::AuditRecord record;
    record.time = now();
    record.event = "management";
    record.result = "done";
    record.principal = user;
    record.kind = "operator";
    record.operation = operation;
    record.subject = subject;
    log_->write(record);
}

}  // namespace berth::app
