// SPDX-License-Identifier: Apache-2.0
//
// Entry point: command line in, exit code out. 0 is success, 1 a failure while running, 2 a mistake
// in the command line or the settings.
#include "app/command_serve.h"
#include "app/options.h"
#include "app/version.h"

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace berth::app {
namespace {

constexpr int kFailed = 1;
constexpr int kMisused = 2;

int print(const std::string& text) {
    const bool written = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
    return written ? 0 : kFailed;
}

int run(const Options& options) {
    switch (options.command) {
        case Command::help:
            return print(options.help);
        case Command::version:
            return print(version_text());
        case Command::config:
            return print(format_config(options.loaded));
        case Command::serve:
            return run_serve(options.loaded.config);
    }
    return kFailed;
}

}  // namespace
}  // namespace berth::app

int main(int argc, char** argv) {
    using namespace berth;
    try {
        const std::vector<std::string> arguments(argv + 1, argv + argc);
        const Result<app::Options> options =
            app::parse_options(arguments, app::process_environment());
        if (!options) {
            std::fprintf(stderr, "berth: %s\n", options.error().log_detail.c_str());
            return app::kMisused;
        }
        return app::run(*options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "berth: %s\n", error.what());
        return app::kFailed;
    }
}
