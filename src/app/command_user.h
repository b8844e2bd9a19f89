// SPDX-License-Identifier: Apache-2.0
//
// `berth user`: admins and users, people and services that sign in with a name and a password.
#pragma once

#include "app/command.h"

#include <vector>

namespace berth::app {

std::vector<Command> user_commands();

}  // namespace berth::app
