// SPDX-License-Identifier: Apache-2.0
//
// Serves one HTTP/2 connection: every request is a coroutine of its own on the connection's loop.
// The same service and the same exchanges as over HTTP/1.1.
#pragma once

#include "base/limits.h"
#include "http/exchange.h"
#include "http/h1_connection.h"
#include "io/blocking.h"
#include "io/loop.h"
#include "io/stream.h"
#include "io/task.h"

namespace berth::http {

/// Runs until the connection ends, on `loop`'s thread. `stream` is read and written by two
/// coroutines at once; `pool` reads cold files. References must outlive it.
io::Task<void> serve_h2(io::Loop& loop, io::Stream& stream, io::BlockingPool& pool, Peer peer,
                        Service& service, const Limits& limits);

}  // namespace berth::http
