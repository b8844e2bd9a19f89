// SPDX-License-Identifier: Apache-2.0
//
// Entry point: command line in, exit code out. 0 is success, 1 a failure while running, 2 a mistake
// in the command line or the settings, 3 that what is stored is damaged.
#include "app/commands.h"
#include "app/options.h"

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace berth::app {
namespace {

constexpr int kFailed = 1;
constexpr int kMisused = 2;
constexpr int kDamaged = 3;

int print(const std::string& text) {
    const bool written = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
    return written ? 0 : kFailed;
}

/// What to do where SQLite's words, or the system's, do not tell: "disk I/O error".
const char* advice(Errc code) {
    switch (code) {
        case Errc::disk_full:
            return "a disk is full, free some space: ";
        case Errc::read_only:
            return "a disk is read-only, mount it for writing: ";
        default:
            return "";
    }
}

/// A command that found damage has a report all the same: the error's message.
int explain(const Error& error) {
    const int printed = error.message.empty() ? 0 : print(error.message);
    std::fprintf(stderr, "berth: %s%s\n", advice(error.code), error.log_detail.c_str());
    if (error.code == Errc::corrupt && !error.message.empty() && printed == 0) {
        return kDamaged;
    }
    return error.code == Errc::bad_request ? kMisused : kFailed;
}

int run(const Options& options) {
    if (!options.help.empty()) {
        return print(options.help);
    }
    const Result<std::string> printed = options.run(options.invocation);
    return printed ? print(*printed) : explain(printed.error());
}

}  // namespace
}  // namespace berth::app

int main(int argc, char** argv) {
    using namespace berth;
    try {
        const std::vector<std::string> arguments(argv + 1, argv + argc);
        const Result<app::Options> options =
            app::parse_options(app::all_commands(), arguments, app::process_environment());
        if (!options) {
            return app::explain(options.error());
        }
        return app::run(*options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "berth: %s\n", error.what());
        return app::kFailed;
    }
}
