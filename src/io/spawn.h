// SPDX-License-Identifier: Apache-2.0
//
// Starts a coroutine that nobody awaits. Whoever spawns one makes sure that it ends when its loop
// drains: it holds a Watch, or ends with its listener.
#pragma once

#include "io/loop.h"
#include "io/task.h"

namespace berth::io {

/// Runs `task` on `loop`'s thread. An exception that leaves it ends the process: errors are values.
void spawn(Loop& loop, Task<void> task);

}  // namespace berth::io
