// SPDX-License-Identifier: Apache-2.0
//
// `berth config`, `berth version` and `berth help`: what this program is and how it is set.
#pragma once

#include "app/command.h"

#include <vector>

namespace berth::app {

/// The text of `help` is made where the grammar is: in options.cc.
inline constexpr const char* kHelpCommand = "help";

std::vector<Command> about_commands();

}  // namespace berth::app
