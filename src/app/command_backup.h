// SPDX-License-Identifier: Apache-2.0
//
// `berth backup` and `berth restore`.
#pragma once

#include "app/command.h"

#include <vector>

namespace berth::app {

std::vector<Command> backup_commands();

}  // namespace berth::app
