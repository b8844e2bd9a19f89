// SPDX-License-Identifier: Apache-2.0
//
// `berth deleted ...`: what was deleted and can be restored (docs/soft_delete.md).
#pragma once

#include "app/command.h"

#include <vector>

namespace berth::app {

std::vector<Command> deleted_commands();

}  // namespace berth::app
