// SPDX-License-Identifier: Apache-2.0
//
// What a subcommand is: its name, what it takes, what it does. A file command_x.cc answers a list
// of them, commands.cc joins the lists, options.cc makes the grammar and the help of them. A new
// command is such a file and a line in commands.cc.
#pragma once

#include "app/config_file.h"
#include "base/error.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace berth::app {

/// A flag (`--expires`) or, without dashes, an argument by position (`NAME`).
struct Parameter {
    enum class Values : std::uint8_t { none, one, many };

    /// `value_name` is what help calls the value; empty for Values::none and by position.
    Parameter(std::string parameter_name, std::string value, std::string text,
              Values parameter_values = Values::one)
        : name(std::move(parameter_name)),
          value_name(std::move(value)),
          about(std::move(text)),
          values(parameter_values) {}

    Parameter&& as_required() && {
        required = true;
        return std::move(*this);
    }

    std::string name;
    std::string value_name;
    std::string about;
    Values values;
    bool required = false;
};

/// A flag without a value.
Parameter toggle(std::string name, std::string about);

/// What was given for the parameters of one command. Asking for a name that the command does not
/// declare is a programming error.
class Arguments {
  public:
    /// The values of each time a parameter was given, by its name.
    using Occurrences = std::vector<std::vector<std::string>>;

    explicit Arguments(std::map<std::string, Occurrences, std::less<>> given = {})
        : given_(std::move(given)) {}

    bool has(std::string_view name) const;
    /// The last value; empty when absent.
    std::string text(std::string_view name) const;
    /// All values of all occurrences.
    std::vector<std::string> list(std::string_view name) const;
    /// `--repository a pull --repository b pull push` is two of them.
    const Occurrences& occurrences(std::string_view name) const;

  private:
    std::map<std::string, Occurrences, std::less<>> given_;  // with an entry for each declared name
};

enum class OutputFormat : std::uint8_t { text, json };

struct Invocation {
    Invocation() = default;
    Arguments arguments;
    /// The effective settings; defaults for a command that takes nothing.
    LoadedConfig loaded;
    OutputFormat output = OutputFormat::text;
};

/// Answers what goes to standard output. Errors: bad_request is a mistake in the command line (exit
/// code 2), any other a failure (1); log_detail is for the operator.
using Run = std::function<Result<std::string>(const Invocation&)>;

struct Command {
    enum class Takes : std::uint8_t {
        nothing,
        /// --data, --config and --output; other settings from the file and the environment.
        catalog,
        /// --output alone.
        output,
        /// Every setting as a flag, and --config.
        settings,
    };

    /// `path` is the words that name it: `user create`.
    Command(std::string path, std::string text, Takes what, std::vector<Parameter> list, Run work)
        : name(std::move(path)),
          about(std::move(text)),
          takes(what),
          parameters(std::move(list)),
          run(std::move(work)) {}

    std::string name;
    std::string about;
    Takes takes;
    std::vector<Parameter> parameters;
    /// Empty for a group.
    Run run;
    /// Printed below the help.
    std::string footer;
};

/// Names and describes what several commands have in common: `user`. Before its commands.
Command group(std::string path, std::string about, std::string footer = {});

}  // namespace berth::app
