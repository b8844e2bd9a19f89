// SPDX-License-Identifier: Apache-2.0
#include "app/command_backup.h"

#include "app/backup.h"
#include "app/command_verify.h"
#include "app/management.h"
#include "app/progress.h"
#include "app/restore.h"
#include "base/try.h"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace berth::app {
namespace {

constexpr const char* kDirectory = "DIR";
constexpr const char* kCheckFlag = "--check";
constexpr const char* kQuickFlag = "--quick";
constexpr const char* kVerifyFlag = "--verify";
constexpr const char* kByFlag = "--by";

/// Absolute, and without a slash at the end: its parent is the directory that holds it.
std::filesystem::path place(const std::string& given) {
    std::filesystem::path path = std::filesystem::absolute(given).lexically_normal();
    return path.has_filename() ? path : path.parent_path();
}

Result<std::optional<CarryMethod>> method_of(const Invocation& given) {
    if (!given.arguments.has(kByFlag)) {
        return std::nullopt;
    }
    const std::string name = given.arguments.text(kByFlag);
    const auto method = parse_carry_method(name);
    if (!method) {
        return fail(Errc::bad_request, "--by is reflink, hard-link or copy, not '" + name + "'");
    }
    return method;
}

/// Done, but some objects were lost before: the answer is the report, and says so.
Result<std::string> answer_with_damage(const std::vector<std::string>& damaged,
                                       std::string printed) {
    if (damaged.empty()) {
        return printed;
    }
    return fail(
        Error(Errc::corrupt,
              fmt::format("{} blobs have no undamaged object: push them again", damaged.size()))
            .with_message(std::move(printed)));
}

boost::json::array list_of(const std::vector<std::string>& items) {
    boost::json::array list;
    for (const std::string& item : items) {
        list.emplace_back(item);
    }
    return list;
}

std::string damaged_text(const std::vector<std::string>& damaged) {
    std::string text;
    for (const std::string& digest : damaged) {
        text += "damaged: " + digest + "\n";
    }
    return text;
}

std::string text_of(const BackupOutcome& outcome, const std::string& directory) {
    const BackupRecord& record = outcome.record;
    return damaged_text(outcome.damaged) +
           fmt::format("{}: {} blobs, {} manifests, {} tags of {}\n", directory,
                       record.totals.blobs, record.totals.manifests, record.totals.tags,
                       format_timestamp(record.completed_at)) +
           fmt::format("{} objects brought ({}{}{}), {} were there, {} removed\n", outcome.brought,
                       rough_size(outcome.brought_bytes), outcome.method.empty() ? "" : ", by ",
                       outcome.method, outcome.kept, outcome.removed);
}

std::string json_of(const BackupOutcome& outcome) {
    boost::json::object json = boost::json::parse(json_of(outcome.record)).as_object();
    json["objects_brought"] = outcome.brought;
    json["bytes_brought"] = outcome.brought_bytes;
    json["objects_kept"] = outcome.kept;
    json["objects_removed"] = outcome.removed;
    json["instants"] = outcome.instants;
    json["method"] = outcome.method;
    json["damaged"] = list_of(outcome.damaged);
    return boost::json::serialize(json) + "\n";
}

Result<std::string> check(const Invocation& given, const std::filesystem::path& directory) {
    const bool quick = given.arguments.has(kQuickFlag);
    VerifyReport report(directory.string(), quick);
    {
        Progress progress;
        BERTH_TRY_VOID(check_backup(directory, quick, report, progress));
    }
    return verify_answer(given, report);
}

Result<std::string> back_up(const Invocation& given) {
    const std::filesystem::path directory = place(given.arguments.text(kDirectory));
    if (given.arguments.has(kCheckFlag)) {
        return check(given, directory);
    }
    BERTH_TRY(const std::optional<CarryMethod> method, method_of(given));
    BERTH_TRY(Management management, Management::open(given));
    std::optional<BackupOutcome> outcome;
    {
        Progress progress;
        Backup backup(management, place(given.loaded.config.data), directory, method, progress);
        BERTH_TRY(outcome, backup.run());
    }
    return answer_with_damage(outcome->damaged, given.output == OutputFormat::json
                                                    ? json_of(*outcome)
                                                    : text_of(*outcome, directory.string()));
}

std::string text_of(const RestoreOutcome& outcome, const std::string& target) {
    return damaged_text(outcome.damaged) +
           fmt::format("{}: {} blobs, {} manifests, {} tags of {}\n{} objects ({}{}{})\n", target,
                       outcome.record.totals.blobs, outcome.record.totals.manifests,
                       outcome.record.totals.tags, format_timestamp(outcome.record.completed_at),
                       outcome.objects, rough_size(outcome.bytes),
                       outcome.method.empty() ? "" : ", by ", outcome.method);
}

std::string json_of(const RestoreOutcome& outcome) {
    boost::json::object json = boost::json::parse(json_of(outcome.record)).as_object();
    json["objects"] = outcome.objects;
    json["bytes"] = outcome.bytes;
    json["method"] = outcome.method;
    json["damaged"] = list_of(outcome.damaged);
    return boost::json::serialize(json) + "\n";
}

Result<std::string> restore_backup(const Invocation& given) {
    RestoreOptions options;
    options.verify = given.arguments.has(kVerifyFlag);
    BERTH_TRY(options.method, method_of(given));
    const std::filesystem::path target = place(given.loaded.config.data);
    std::optional<RestoreOutcome> outcome;
    {
        Progress progress;
        BERTH_TRY(outcome,
                  restore(place(given.arguments.text(kDirectory)), target, options, progress));
    }
    return answer_with_damage(outcome->damaged, given.output == OutputFormat::json
                                                    ? json_of(*outcome)
                                                    : text_of(*outcome, target.string()));
}

Parameter by_parameter() {
    return {kByFlag, "METHOD",
            "How objects get there: reflink, hard-link or copy; default: the first that works"};
}

}  // namespace

std::vector<Command> backup_commands() {
    const auto takes = Command::Takes::catalog;
    Command backup(
        "backup", "Copy everything into a directory, also beside a running server", takes,
        {Parameter(kDirectory, "", "Where the backup is, or is to be").as_required(),
         by_parameter(), toggle(kCheckFlag, "Make none: check that the one in DIR is whole"),
         toggle(kQuickFlag, "With --check: compare sizes; hash nothing")},
        back_up);
    backup.footer =
        "Run again into the same directory it brings only what is new, and removes what went.\n"
        "DIR holds password hashes and the key that signs tokens: keep it to yourself.\n"
        "Exit code 3: done, but some blobs were damaged before.";
    Command restoring("restore", "Make a data directory (--data) from a backup", takes,
                      {Parameter(kDirectory, "", "Where the backup is").as_required(),
                       by_parameter(), toggle(kVerifyFlag, "Hash every object, too")},
                      restore_backup);
    restoring.footer = "The data directory must be new or empty.";
    std::vector<Command> commands;
    commands.push_back(std::move(backup));
    commands.push_back(std::move(restoring));
    return commands;
}

}  // namespace berth::app
