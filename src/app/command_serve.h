// SPDX-License-Identifier: Apache-2.0
//
// `berth serve`: builds the server, runs it until SIGTERM or SIGINT, drains it. SIGHUP makes it
// read its certificate again, unless it says that the terminal was closed. Main thread.
#pragma once

#include "app/command.h"

#include <vector>

namespace berth::app {

std::vector<Command> serve_commands();

}  // namespace berth::app
