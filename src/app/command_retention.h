// SPDX-License-Identifier: Apache-2.0
//
// `berth retention ...`: the rules by which tags and manifests are deleted by themselves, and
// applying them now (docs/retention.md).
#pragma once

#include "app/command.h"

#include <vector>

namespace berth::app {

std::vector<Command> retention_commands();

}  // namespace berth::app
