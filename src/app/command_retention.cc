// SPDX-License-Identifier: Apache-2.0
#include "app/command_retention.h"

#include "app/identity_view.h"
#include "app/kept_settings.h"
#include "app/management.h"
#include "app/retention_view.h"
#include "app/value_text.h"
#include "auth/identities.h"
#include "base/try.h"
#include "meta/retention_rules.h"
#include "registry/retention_run.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace berth::app {
namespace {

constexpr const char* kRepositoriesFlag = "--repositories";
constexpr const char* kTagsFlag = "--tags";
constexpr const char* kUntaggedFlag = "--untagged";
constexpr const char* kOlderFlag = "--older-than";
constexpr const char* kPulledFlag = "--not-pulled-for";
constexpr const char* kKeepFlag = "--keep-last";
constexpr const char* kDaysFlag = "--days";
constexpr const char* kDryFlag = "--dry-run";
constexpr const char* kRuleFlag = "--rule";
/// What `retention untagged` calls its rule.
constexpr const char* kUntaggedRule = "untagged";
/// As repository names are.
constexpr std::size_t kPatternMax = 255;
constexpr std::uint64_t kSecondsMax = 36500ULL * 24 * 60 * 60;

using RuleRow = meta::RetentionRuleRow;

std::unexpected<Error> no_rule(const std::string& name) {
    return fail(Errc::name_unknown, "there is no retention rule '" + name + "'");
}

Result<std::optional<std::int64_t>> duration_of(const Arguments& arguments, const char* flag) {
    if (!arguments.has(flag)) {
        return std::nullopt;
    }
    const auto seconds = parse_duration(arguments.text(flag));
    if (!seconds || *seconds > kSecondsMax) {
        return fail(Errc::bad_request, std::string(flag) + " is a duration like 30d or 12h");
    }
    return static_cast<std::int64_t>(*seconds);
}

Result<std::optional<std::int64_t>> count_of(const Arguments& arguments, const char* flag) {
    if (!arguments.has(flag)) {
        return std::nullopt;
    }
    const auto count = parse_count(arguments.text(flag));
    if (!count || *count > kSecondsMax) {
        return fail(Errc::bad_request, std::string(flag) + " is a number");
    }
    return static_cast<std::int64_t>(*count);
}

Result<std::string> pattern_of(const Arguments& arguments, const char* flag) {
    std::string pattern = arguments.has(flag) ? arguments.text(flag) : "*";
    if (pattern.empty() || pattern.size() > kPatternMax) {
        return fail(Errc::bad_request, std::string(flag) + " is a pattern of 1 to 255 characters");
    }
    return pattern;
}

Result<RuleRow> rule_of(const Arguments& arguments) {
    RuleRow rule;
    rule.name = arguments.text("NAME");
    BERTH_TRY_VOID(auth::check_identity_name(rule.name));
    BERTH_TRY(rule.repositories, pattern_of(arguments, kRepositoriesFlag));
    BERTH_TRY(rule.tags, pattern_of(arguments, kTagsFlag));
    rule.untagged = arguments.has(kUntaggedFlag);
    BERTH_TRY(rule.older_than, duration_of(arguments, kOlderFlag));
    BERTH_TRY(rule.not_pulled_for, duration_of(arguments, kPulledFlag));
    BERTH_TRY(rule.keep_last, count_of(arguments, kKeepFlag));
    BERTH_TRY_VOID(registry::check_retention_rule(rule));
    return rule;
}

Result<RuleRow> read_rule(Management& management, const std::string& name) {
    BERTH_TRY(const auto found, management.read([&name](db::Session& session) {
        return meta::find_retention_rule(session, name);
    }));
    if (!found) {
        return no_rule(name);
    }
    return *found;
}

Result<std::string> changed(Management& management, const Invocation& given,
                            const std::string& name, const char* what) {
    BERTH_TRY(const RuleRow rule, read_rule(management, name));
    return answer(given, rule_json(rule), "retention rule '" + name + "' " + what + "\n");
}

Result<std::string> create_rule(const Invocation& given) {
    BERTH_TRY(const RuleRow rule, rule_of(given.arguments));
    BERTH_TRY(Management management, Management::open(given));
    auto work = [&](db::Session& session) -> Result<void> {
        BERTH_TRY(const auto known, meta::find_retention_rule(session, rule.name));
        if (known) {
            return fail(Errc::conflict, "there is a retention rule '" + rule.name + "' already");
        }
        return meta::create_retention_rule(session, rule, management.now());
    };
    BERTH_TRY_VOID(management.change("retention create", rule.name, work));
    return changed(management, given, rule.name, "created");
}

/// ACR's policy for untagged manifests, as one rule that is replaced each time.
Result<std::string> set_untagged(const Invocation& given) {
    const auto days = parse_count(given.arguments.text(kDaysFlag));
    if (!days || *days > 36500) {
        return fail(Errc::bad_request, "--days is a number from 0 to 36500");
    }
    RuleRow rule;
    rule.name = kUntaggedRule;
    rule.untagged = true;
    rule.older_than = static_cast<std::int64_t>(*days) * 24 * 60 * 60;
    BERTH_TRY(Management management, Management::open(given));
    auto work = [&](db::Session& session) -> Result<void> {
        BERTH_TRY_VOID(meta::delete_retention_rule(session, rule.name));
        return meta::create_retention_rule(session, rule, management.now());
    };
    BERTH_TRY_VOID(management.change("retention untagged", rule.name, work));
    return changed(management, given, rule.name, "set");
}

Result<std::string> list_rules(const Invocation& given) {
    BERTH_TRY(Management management, Management::open(given));
    BERTH_TRY(const std::vector<RuleRow> rules, management.read([](db::Session& session) {
        return meta::list_retention_rules(session);
    }));
    if (given.output == OutputFormat::json) {
        std::vector<std::string> items;
        items.reserve(rules.size());
        std::ranges::transform(rules, std::back_inserter(items), rule_json);
        return json_array(items);
    }
    return rules.empty() ? "no retention rules: nothing is deleted by itself\n"
                         : rules_table(rules);
}

Result<std::string> show_rule(const Invocation& given) {
    BERTH_TRY(Management management, Management::open(given));
    BERTH_TRY(const RuleRow rule, read_rule(management, given.arguments.text("NAME")));
    return answer(given, rule_json(rule), rules_table({&rule, 1}));
}

Result<std::string> delete_rule(const Invocation& given) {
    const std::string name = given.arguments.text("NAME");
    BERTH_TRY(Management management, Management::open(given));
    auto work = [&name](db::Session& session) -> Result<void> {
        BERTH_TRY(const bool gone, meta::delete_retention_rule(session, name));
        return gone ? Result<void>() : no_rule(name);
    };
    BERTH_TRY_VOID(management.change("retention delete", name, work));
    return answer(given, R"({"deleted":true})", "retention rule '" + name + "' deleted\n");
}

Result<std::string> switch_rule(const Invocation& given, bool enabled) {
    const std::string name = given.arguments.text("NAME");
    BERTH_TRY(Management management, Management::open(given));
    auto work = [&](db::Session& session) -> Result<void> {
        BERTH_TRY(const bool known,
                  meta::enable_retention_rule(session, name, enabled, management.now()));
        return known ? Result<void>() : no_rule(name);
    };
    BERTH_TRY_VOID(
        management.change(enabled ? "retention enable" : "retention disable", name, work));
    return changed(management, given, name, enabled ? "enabled" : "disabled");
}

Result<std::vector<RuleRow>> rules_to_run(Management& management, const Arguments& arguments) {
    if (arguments.has(kRuleFlag)) {
        BERTH_TRY(RuleRow rule, read_rule(management, arguments.text(kRuleFlag)));
        return std::vector<RuleRow>{std::move(rule)};
    }
    BERTH_TRY(std::vector<RuleRow> rules, management.read([](db::Session& session) {
        return meta::list_retention_rules(session);
    }));
    std::erase_if(rules, [](const RuleRow& rule) { return !rule.enabled; });
    return rules;
}

std::string subject_of(const registry::RetentionFinding& finding) {
    std::string subject = finding.repository;
    if (finding.tag.empty()) {
        return subject.append("@").append(finding.digest.text());
    }
    return subject.append(":").append(finding.tag);
}

/// A transaction and a line of the audit log for each deletion.
Result<registry::RetentionFindings> apply(Management& management, registry::RetentionRun& run,
                                          const registry::RetentionRun::Look& look, bool dry_run) {
    auto work = [&](db::Session& session) { return run.apply(session, look.candidates); };
    if (dry_run) {
        return management.read(work);
    }
    BERTH_TRY(registry::RetentionFindings findings, management.change_many(work));
    for (const registry::RetentionFinding& finding : findings) {
        if (finding.decision.verdict != registry::Verdict::keep) {
            management.record(finding.decision.verdict == registry::Verdict::untag
                                  ? "retention untag"
                                  : "retention delete",
                              subject_of(finding));
        }
    }
    return findings;
}

Result<std::string> run_rules(const Invocation& given) {
    const bool dry_run = given.arguments.has(kDryFlag);
    BERTH_TRY(Management management, Management::open(given));
    BERTH_TRY(std::vector<RuleRow> rules, rules_to_run(management, given.arguments));
    const KeptSettings own = kept_settings_of(given.loaded.config);
    BERTH_TRY(const KeptSettings settings, management.read([&own](db::Session& session) {
        return find_kept_settings(session, own);
    }));
    registry::RetentionOptions options;
    options.now = management.now();
    options.lease = settings.grace_seconds * kTicksPerSecond;
    options.keep_ticks = settings.soft_delete_days * meta::kTicksPerDay;
    options.dry_run = dry_run;
    registry::RetentionRun run(std::move(rules), options);
    registry::RetentionFindings all;
    while (!run.done()) {
        BERTH_TRY(registry::RetentionRun::Look look,
                  management.read([&run](db::Session& session) { return run.look(session); }));
        std::ranges::move(look.kept, std::back_inserter(all));
        if (!look.candidates.empty()) {
            BERTH_TRY(registry::RetentionFindings findings, apply(management, run, look, dry_run));
            std::ranges::move(findings, std::back_inserter(all));
        }
        run.go_on(std::move(look));
    }
    return answer(given, run_json(all, dry_run), run_text(all, dry_run));
}

}  // namespace

std::vector<Command> retention_commands() {
    using enum Command::Takes;
    const auto name = [] { return Parameter("NAME", "", "Name of the rule").as_required(); };
    return {
        group("retention", "What is deleted by itself: rules by age, count and last pull"),
        Command("retention create", "Make a rule; everything it says must hold", catalog,
                {name(),
                 Parameter(kRepositoriesFlag, "PATTERN",
                           "In which repositories; * is any text (default: all)"),
                 Parameter(kTagsFlag, "PATTERN", "Which tags (default: all)"),
                 toggle(kUntaggedFlag, "Instead of tags: manifests without one"),
                 Parameter(kOlderFlag, "DURATION", "Only what was last updated so long ago"),
                 Parameter(kPulledFlag, "DURATION", "Only what nobody pulled for so long"),
                 Parameter(kKeepFlag, "N", "Not the N newest of the tags, of each repository")},
                create_rule),
        Command("retention untagged", "Delete manifests that have had no tag for some days",
                catalog, {Parameter(kDaysFlag, "N", "How many days").as_required()}, set_untagged),
        Command("retention list", "List the rules", catalog, {}, list_rules),
        Command("retention show", "Show one", catalog, {name()}, show_rule),
        Command("retention enable", "Apply it from now on", catalog, {name()},
                [](const Invocation& given) { return switch_rule(given, true); }),
        Command("retention disable", "Do not apply it any more", catalog, {name()},
                [](const Invocation& given) { return switch_rule(given, false); }),
        Command("retention delete", "Remove it", catalog, {name()}, delete_rule),
        Command("retention run", "Apply the rules now and tell what was deleted and kept, and why",
                catalog,
                {toggle(kDryFlag, "Only tell what would be"),
                 Parameter(kRuleFlag, "NAME", "Only this rule, enabled or not")},
                run_rules),
    };
}

}  // namespace berth::app
