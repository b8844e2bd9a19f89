// SPDX-License-Identifier: Apache-2.0
//
// A one-shot meeting point between a coroutine on an I/O thread and another thread that finishes
// its work: `co_await wait_for_signal(start)`. `start` receives a callable `signal`; whichever
// thread calls it once makes the coroutine resume on its own executor.
#pragma once

#include "io/task.h"

#include <functional>

namespace berth::io {

using Signal = std::function<void()>;

/// Calls `start(signal)` on the current thread, then suspends until `signal` was called (which may
/// happen at once, from any thread, exactly once). `start` is taken by reference: name it first.
/// What runs the coroutine's loop may destroy it as soon as the coroutine has ended: the loop's end
/// waits for the thread that signalled.
Task<void> wait_for_signal(std::function<void(Signal)>& start);

/// Lets other connections of this thread run.
Task<void> yield();

}  // namespace berth::io
