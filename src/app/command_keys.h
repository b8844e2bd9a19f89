// SPDX-License-Identifier: Apache-2.0
//
// `berth keys`: the keys that sign tokens.
#pragma once

#include "app/command.h"

#include <vector>

namespace berth::app {

std::vector<Command> keys_commands();

}  // namespace berth::app
