// SPDX-License-Identifier: Apache-2.0
//
// The scrub in the background: passes over all stored bytes, `interval` apart, at most
// `bytes_per_second`. One coroutine on a loop; what reads is the blocking pool, one step of 1 MiB
// at a time. Ends when the loop drains.
#pragma once

#include "app/config.h"
#include "io/loop.h"
#include "io/task.h"
#include "registry/scrub_service.h"
#include "telemetry/log.h"

namespace berth::app {

/// Spawn on `loop`'s thread. References must outlive it.
io::Task<void> keep_scrubbing(io::Loop& loop, registry::ScrubService& service,
                              const Config::Scrub& settings, telemetry::Logger& log);

}  // namespace berth::app
