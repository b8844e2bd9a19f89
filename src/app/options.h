// SPDX-License-Identifier: Apache-2.0
//
// The command line: which command, with which effective settings. Called once, by main.
#pragma once

#include "app/config_file.h"
#include "base/error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace berth::app {

enum class Command : std::uint8_t { help, version, config, serve };

struct Options {
    Options() = default;
    Command command = Command::help;
    /// For Command::help: what to print.
    std::string help;
    /// For Command::config and Command::serve.
    LoadedConfig loaded;
};

/// `arguments` without the program's name. Errc::bad_request: log_detail is for the operator.
Result<Options> parse_options(const std::vector<std::string>& arguments,
                              const Environment& environment);

}  // namespace berth::app
