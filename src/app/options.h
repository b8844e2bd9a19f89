// SPDX-License-Identifier: Apache-2.0
//
// The command line: which command, with which arguments and effective settings. Called once, by
// main.
#pragma once

#include "app/command.h"
#include "base/error.h"

#include <string>
#include <vector>

namespace berth::app {

struct Options {
    Options() = default;
    /// `user create`; `help` also for --help.
    std::string command;
    /// For `help`: what to print.
    std::string help;
    Run run;
    Invocation invocation;
};

/// `arguments` without the program's name; in `commands` each group stands before its commands.
/// Errc::bad_request: log_detail is for the operator.
Result<Options> parse_options(const std::vector<Command>& commands,
                              const std::vector<std::string>& arguments,
                              const Environment& environment);

}  // namespace berth::app
