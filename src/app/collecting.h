// SPDX-License-Identifier: Apache-2.0
//
// Garbage collection beside requests: cycle after cycle, each in small steps with pauses between
// them, so that neither the loop nor the database's writer is ever held up for long. Runs as one
// coroutine on a loop; ends when that drains, between two steps.
#pragma once

#include "app/config.h"
#include "io/loop.h"
#include "io/task.h"
#include "registry/garbage_collector.h"
#include "telemetry/log.h"

#include <chrono>

namespace berth::app {

registry::GarbagePolicy garbage_policy_of(const Config& config);

/// Spawn on `loop`'s thread. References must outlive it. `interval`: from the end of a cycle to the
/// start of the next.
io::Task<void> collect_garbage(io::Loop& loop, registry::GarbageCollector& collector,
                               std::chrono::seconds interval, telemetry::Logger& log);

}  // namespace berth::app
