// SPDX-License-Identifier: Apache-2.0
//
// `berth token`: repository-scoped tokens, as ACR calls accounts that may do what their scope maps
// say and nothing else (acr-wire 4.10).
#pragma once

#include "app/command.h"

#include <vector>

namespace berth::app {

std::vector<Command> token_commands();

}  // namespace berth::app
