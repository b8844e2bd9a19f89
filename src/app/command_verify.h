// SPDX-License-Identifier: Apache-2.0
//
// `berth verify`: is everything that was stored still there, byte for byte?
#pragma once

#include "app/command.h"
#include "app/verify_report.h"
#include "base/error.h"

#include <string>
#include <vector>

namespace berth::app {

std::vector<Command> verify_commands();

/// The report as the command was asked for it; with findings Errc::corrupt, whose message it is.
Result<std::string> verify_answer(const Invocation& given, const VerifyReport& report);

}  // namespace berth::app
