// SPDX-License-Identifier: Apache-2.0
#include "app/command_scope_map.h"

#include "app/identity_view.h"
#include "app/management.h"
#include "app/scope_rules.h"
#include "auth/identities.h"
#include "base/try.h"

namespace berth::app {
namespace {

constexpr const char* kRepositoryFlag = "--repository";
constexpr const char* kAddFlag = "--add-repository";
constexpr const char* kRemoveFlag = "--remove-repository";
constexpr const char* kDescriptionFlag = "--description";

struct Shown {
    meta::ScopeMapRow scope_map;
    std::vector<std::string> accounts;
};

Result<Shown> look(Management& management, const std::string& name) {
    return management.read([&name](db::Session& session) -> Result<Shown> {
        Shown shown;
        BERTH_TRY(shown.scope_map, auth::get_scope_map(session, name));
        BERTH_TRY(shown.accounts, meta::accounts_with(session, name));
        return shown;
    });
}

Result<std::string> changed(Management& management, const Invocation& given,
                            const std::string& name, const char* what) {
    BERTH_TRY(const Shown shown, look(management, name));
    return answer(given, scope_map_json(shown.scope_map, &shown.accounts),
                  "scope map '" + name + "' " + what + "\n");
}

Result<std::string> create_map(const Invocation& given) {
    meta::ScopeMapRow scope_map;
    scope_map.name = given.arguments.text("NAME");
    scope_map.description = given.arguments.text(kDescriptionFlag);
    BERTH_TRY_VOID(auth::check_identity_name(scope_map.name));
    BERTH_TRY(scope_map.rules, parse_rules(given.arguments, kRepositoryFlag));
    BERTH_TRY(Management management, Management::open(given));
    BERTH_TRY_VOID(management.change("scope-map create", scope_map.name, [&](db::Session& session) {
        return auth::add_scope_map(session, scope_map, management.now());
    }));
    return changed(management, given, scope_map.name, "created");
}

Result<std::string> update_map(const Invocation& given) {
    const std::string name = given.arguments.text("NAME");
    auth::ScopeMapChange change;
    if (given.arguments.has(kDescriptionFlag)) {
        change.description = given.arguments.text(kDescriptionFlag);
    }
    BERTH_TRY(change.added, parse_rules(given.arguments, kAddFlag));
    BERTH_TRY(change.removed, parse_rules(given.arguments, kRemoveFlag, true));
    if (!change.description && change.added.empty() && change.removed.empty()) {
        return fail(Errc::bad_request,
                    "nothing to change: give --add-repository, --remove-repository or "
                    "--description");
    }
    BERTH_TRY(Management management, Management::open(given));
    BERTH_TRY_VOID(management.change("scope-map update", name, [&](db::Session& session) {
        return auth::change_scope_map(session, name, change, management.now());
    }));
    return changed(management, given, name, "changed");
}

Result<std::string> list_maps(const Invocation& given) {
    BERTH_TRY(Management management, Management::open(given));
    BERTH_TRY(const std::vector<meta::ScopeMapRow> scope_maps,
              management.read([](db::Session& session) { return meta::list_scope_maps(session); }));
    if (given.output == OutputFormat::text) {
        return scope_maps_text(scope_maps);
    }
    std::vector<std::string> items;
    items.reserve(scope_maps.size());
    for (const meta::ScopeMapRow& scope_map : scope_maps) {
        items.push_back(scope_map_json(scope_map));
    }
    return json_array(items);
}

Result<std::string> show_map(const Invocation& given) {
    BERTH_TRY(Management management, Management::open(given));
    BERTH_TRY(const Shown shown, look(management, given.arguments.text("NAME")));
    return answer(given, scope_map_json(shown.scope_map, &shown.accounts),
                  scope_map_text(shown.scope_map, shown.accounts));
}

Result<std::string> remove_map(const Invocation& given) {
    const std::string name = given.arguments.text("NAME");
    BERTH_TRY(Management management, Management::open(given));
    BERTH_TRY(const Shown before, look(management, name));
    BERTH_TRY_VOID(management.change("scope-map delete", name, [&](db::Session& session) {
        return auth::remove_scope_map(session, name, given.arguments.has("--force"));
    }));
    return answer(given, scope_map_json(before.scope_map, &before.accounts),
                  "scope map '" + name + "' deleted\n");
}

Parameter name_argument() {
    return Parameter("NAME", "", "The scope map").as_required();
}

}  // namespace

std::vector<Command> scope_map_commands() {
    using Values = Parameter::Values;
    const auto takes = Command::Takes::catalog;
    const std::string rule = "PATTERN ACTION";
    return {
        group("scope-map", "What users and tokens may do, under a name",
              "A pattern is a repository, the beginning of its name and a *, or *. Actions are\n"
              "content/read, content/write, content/delete, metadata/read and metadata/write."),
        Command("scope-map create", "Make a scope map", takes,
                {name_argument(),
                 Parameter(kRepositoryFlag, rule, "A rule; may be repeated", Values::many)
                     .as_required(),
                 Parameter(kDescriptionFlag, "TEXT", "What it is for")},
                create_map),
        Command("scope-map list", "List scope maps", takes, {}, list_maps),
        Command("scope-map show", "Show one, with its rules and who has it", takes,
                {name_argument()}, show_map),
        Command("scope-map update", "Change its rules", takes,
                {name_argument(), Parameter(kAddFlag, rule, "Allow this, too", Values::many),
                 Parameter(kRemoveFlag, rule, "Allow this no more; without actions: nothing there",
                           Values::many),
                 Parameter(kDescriptionFlag, "TEXT", "What it is for")},
                update_map),
        Command("scope-map delete", "Remove it", takes,
                {name_argument(), toggle("--force", "Also when users or tokens have it")},
                remove_map),
    };
}

}  // namespace berth::app
