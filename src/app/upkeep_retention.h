// SPDX-License-Identifier: Apache-2.0
//
// Work in the background about keeping and deleting: writing the times of pulls, purging what was
// deleted long enough ago, applying the retention rules. Runs as one coroutine on a loop, in small
// steps between which requests have the catalog's writer; ends when the loop drains.
#pragma once

#include "io/loop.h"
#include "io/task.h"
#include "registry/deleted_service.h"
#include "registry/pull_times.h"
#include "registry/retention_service.h"
#include "telemetry/audit_log.h"
#include "telemetry/log.h"

#include <chrono>

namespace berth::app {

/// The audit line of what retention deleted; none when `log` is nullptr.
void audit_retention(telemetry::AuditLog* log, const registry::RetentionFinding& finding);

struct RetentionWork {
    registry::PullTimes& pulls;
    registry::DeletedService& deleted;
    registry::RetentionService& retention;
    std::chrono::seconds interval;  // between two runs of the rules
};

/// Spawn on `loop`'s thread. References must outlive it.
io::Task<void> keep_retention(io::Loop& loop, RetentionWork work, telemetry::Logger& log);

}  // namespace berth::app
