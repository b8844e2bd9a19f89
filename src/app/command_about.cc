// SPDX-License-Identifier: Apache-2.0
#include "app/command_about.h"

#include "app/version.h"

namespace berth::app {

std::vector<Command> about_commands() {
    const Run config = [](const Invocation& given) -> Result<std::string> {
        return format_config(given.loaded);
    };
    const Run version = [](const Invocation&) -> Result<std::string> { return version_text(); };
    const Run help = [](const Invocation&) -> Result<std::string> { return std::string(); };
    return {
        Command("config", "Print the effective settings as TOML", Command::Takes::settings, {},
                config),
        Command("version", "Print the version and its libraries", Command::Takes::nothing, {},
                version),
        Command(kHelpCommand, "Print this text, or that of a command", Command::Takes::nothing,
                {Parameter("COMMAND", "", "A command: help user create", Parameter::Values::many)},
                help),
    };
}

}  // namespace berth::app
