// SPDX-License-Identifier: Apache-2.0
//
// `berth gc`: one cycle of garbage collection, a forecast of one, or who holds a digest.
#pragma once

#include "app/command.h"

#include <vector>

namespace berth::app {

std::vector<Command> gc_commands();

}  // namespace berth::app
