// SPDX-License-Identifier: Apache-2.0
//
// `berth serve`: builds the server, runs it until SIGTERM or SIGINT, drains it. Main thread.
#pragma once

#include "app/config.h"

namespace berth::app {

/// The process's exit code: 0 after a drained end, 1 when it could not start or failed.
int run_serve(const Config& config);

}  // namespace berth::app
