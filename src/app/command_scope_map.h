// SPDX-License-Identifier: Apache-2.0
//
// `berth scope-map`: named lists of repositories and of what may be done there.
#pragma once

#include "app/command.h"

#include <vector>

namespace berth::app {

std::vector<Command> scope_map_commands();

}  // namespace berth::app
