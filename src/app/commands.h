// SPDX-License-Identifier: Apache-2.0
//
// Every subcommand there is, in the order of `berth help`.
#pragma once

#include "app/command.h"

#include <vector>

namespace berth::app {

std::vector<Command> all_commands();

}  // namespace berth::app
