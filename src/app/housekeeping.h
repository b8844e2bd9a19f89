// SPDX-License-Identifier: Apache-2.0
//
// Periodic work beside requests: dropping upload sessions nobody continued and what failures left
// of sessions that had ended, finishing what deletions left to do, removing signing keys that
// verify nothing any more. Runs as one coroutine on a loop; ends when that drains.
#pragma once

#include "auth/key_ring.h"
#include "io/loop.h"
#include "io/task.h"
#include "registry/metadata_service.h"
#include "registry/upload_service.h"
#include "telemetry/log.h"

namespace berth::app {

/// Spawn on `loop`'s thread. References must outlive it.
io::Task<void> keep_house(io::Loop& loop, registry::UploadService& uploads,
                          registry::MetadataService& metadata, auth::KeyRing& keys,
                          telemetry::Logger& log);

}  // namespace berth::app
