// SPDX-License-Identifier: Apache-2.0
//
// `berth issuer ...`: whose tokens are taken, and which of them stand for what. docs/issuers.md is
// its prose.
#pragma once

#include "app/command.h"

#include <vector>

namespace berth::app {

std::vector<Command> issuer_commands();
/// `berth issuer rule ...`
std::vector<Command> issuer_rule_commands();

}  // namespace berth::app
