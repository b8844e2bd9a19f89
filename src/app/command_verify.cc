// SPDX-License-Identifier: Apache-2.0
#include "app/command_verify.h"

#include "app/management.h"
#include "app/progress.h"
#include "app/verify.h"
#include "base/try.h"

#include <fmt/format.h>

namespace berth::app {
namespace {

constexpr const char* kRepairFlag = "--repair";
constexpr const char* kQuickFlag = "--quick";

Result<std::string> verify(const Invocation& given) {
    VerifyOptions options;
    options.repair = given.arguments.has(kRepairFlag);
    options.quick = given.arguments.has(kQuickFlag);
    const std::string& data = given.loaded.config.data;
    VerifyReport report(data, options.quick);
    Result<Management> management = Management::open(given);
    if (!management && management.error().code == Errc::corrupt) {
        report.add({FindingKind::damaged_catalog, "catalog.db", management.error().log_detail, ""});
        return verify_answer(given, report);
    }
    BERTH_TRY(Management opened, std::move(management));
    {
        Progress progress;
        Verifier verifier(opened, data, options, report, progress);
        BERTH_TRY_VOID(verifier.run());
    }
    return verify_answer(given, report);
}

}  // namespace

Result<std::string> verify_answer(const Invocation& given, const VerifyReport& report) {
    std::string printed = given.output == OutputFormat::json ? report.json() : report.text();
    if (report.findings() == 0) {
        return printed;
    }
    return fail(Error(Errc::corrupt,
                      fmt::format("{} findings, {} repaired (what they mean: docs/verify.md)",
                                  report.findings(), report.repaired()))
                    .with_message(std::move(printed)));
}

std::vector<Command> verify_commands() {
    Command verify_command(
        "verify", "Check that everything stored is still there, byte for byte",
        Command::Takes::catalog,
        {toggle(kRepairFlag,
                "Put damaged bytes aside so that a push brings them again, remove files that no "
                "row names, correct counters"),
         toggle(kQuickFlag, "Compare sizes and rows; hash nothing")},
        verify);
    verify_command.footer =
        "May run beside a server. Exit code 0: nothing is wrong; 3: something was found,\n"
        "even if --repair mended it; 1: the check itself failed.";
    std::vector<Command> commands;
    commands.push_back(std::move(verify_command));
    return commands;
}

}  // namespace berth::app
