// SPDX-License-Identifier: Apache-2.0
#include "app/command_issuer.h"

#include "app/issuer_report.h"
#include "app/management.h"
#include "app/value_text.h"
#include "auth/oidc/issuer_document.h"
#include "auth/oidc/trust_book.h"
#include "base/try.h"
#include "io/client_tls.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

namespace berth::app {
namespace {

/// Answers what it made or changed, in the wanted form.
Result<std::string> shown(Management& management, const Invocation& given,
                          const std::string& name) {
    auto find = [&name](db::Session& session) { return find_issuer_entry(session, name); };
    BERTH_TRY(const IssuerEntry entry, management.read(find));
    return show_issuer(entry, given.output);
}

Result<auth::IssuerDocument> document_of(const Arguments& arguments) {
    auth::IssuerDocument document;
    const std::string word = arguments.text("--preset");
    const std::optional<auth::IssuerPreset> preset = auth::parse_issuer_preset(word);
    if (!preset) {
        return fail(Errc::bad_request,
                    "unknown preset '" + word + "': entra, github, gitlab, kubernetes or oidc");
    }
    document.preset = *preset;
    document.issuer = arguments.text("--issuer");
    document.tenants = arguments.list("--tenant");
    document.audiences = arguments.list("--audience");
    document.discovery = arguments.text("--discovery");
    document.allow_private = arguments.has("--allow-private");
    if (const std::string file = arguments.text("--ca-file"); !file.empty()) {
        document.ca_file = std::filesystem::absolute(file).lexically_normal().string();
        BERTH_TRY_VOID(io::ClientTls::load(document.ca_file));
    }
    if (const std::string skew = arguments.text("--clock-skew"); !skew.empty()) {
        const std::optional<std::uint64_t> seconds = parse_duration(skew);
        if (!seconds || *seconds > static_cast<std::uint64_t>(auth::kClockSkewMax)) {
            return fail(Errc::bad_request, "'" + skew + "' is no duration up to 10m");
        }
        document.clock_skew = static_cast<auth::Seconds>(*seconds);
    }
    return auth::complete(std::move(document));
}

/// A token must have one home: what `iss` it says decides which rules count.
Result<void> check_unclaimed(db::Session& session, const auth::IssuerDocument& document) {
    const std::vector<auth::IssuerLocation> wanted = auth::locations_of(document);
    BERTH_TRY(const std::vector<meta::IssuerRow> rows, meta::list_issuers(session));
    for (const meta::IssuerRow& row : rows) {
        const Result<auth::IssuerDocument> other = auth::parse_issuer_document(row.document);
        for (const auth::IssuerLocation& taken :
             other ? auth::locations_of(*other) : std::vector<auth::IssuerLocation>()) {
            if (std::ranges::find(wanted, taken.issuer, &auth::IssuerLocation::issuer) !=
                wanted.end()) {
                return fail(Errc::conflict, "tokens of " + taken.issuer + " are those of issuer '" +
                                                row.name + "' already");
            }
        }
    }
    return {};
}

Result<std::string> run_add(const Invocation& given) {
    meta::IssuerRow row;
    row.name = given.arguments.text("NAME");
    if (!auth::is_trust_name(row.name)) {
        return fail(Errc::bad_request,
                    "'" + row.name + "' is no name for an issuer: up to 64 of a-z 0-9 . _ -");
    }
    BERTH_TRY(const auth::IssuerDocument document, document_of(given.arguments));
    row.document = auth::print(document);
    BERTH_TRY(Management management, Management::open(given));
    auto insert = [&](db::Session& session) -> Result<void> {
        BERTH_TRY(const std::optional<meta::IssuerRow> same, meta::find_issuer(session, row.name));
        if (same) {
            return fail(Errc::conflict, "there is an issuer '" + row.name + "' already");
        }
        BERTH_TRY_VOID(check_unclaimed(session, document));
        return meta::create_issuer(session, row, management.now());
    };
    BERTH_TRY_VOID(management.change("issuer add", row.name, insert));
    return shown(management, given, row.name);
}

Result<std::string> run_list(const Invocation& given) {
    BERTH_TRY(Management management, Management::open(given));
    auto read = [](db::Session& session) -> Result<std::vector<IssuerEntry>> {
        std::vector<IssuerEntry> entries;
        BERTH_TRY(std::vector<meta::IssuerRow> rows, meta::list_issuers(session));
        for (meta::IssuerRow& row : rows) {
            BERTH_TRY(IssuerEntry entry, read_issuer_entry(session, std::move(row)));
            entries.push_back(std::move(entry));
        }
        return entries;
    };
    BERTH_TRY(const std::vector<IssuerEntry> entries, management.read(read));
    return show_issuers(entries, given.output);
}

Result<std::string> run_show(const Invocation& given) {
    BERTH_TRY(Management management, Management::open(given));
    return shown(management, given, given.arguments.text("NAME"));
}

/// Does `change`, the command called `operation`, to the issuer of the command line, which must be
/// there; answers what it was. `detail`: what of the issuer it is about.
template <class Change>
Result<IssuerEntry> change_issuer(Management& management, const Invocation& given,
                                  std::string_view operation, const std::string& detail,
                                  Change change) {
    const std::string name = given.arguments.text("NAME");
    auto work = [&name, &change](db::Session& session) -> Result<IssuerEntry> {
        BERTH_TRY(IssuerEntry before, find_issuer_entry(session, name));
        BERTH_TRY_VOID(change(session, name));
        return before;
    };
    return management.change(operation, detail.empty() ? name : name + ":" + detail, work);
}

Result<std::string> run_remove(const Invocation& given) {
    BERTH_TRY(Management management, Management::open(given));
    const auto remove = [](db::Session& session, const std::string& name) {
        return meta::delete_issuer(session, name);
    };
    BERTH_TRY(const IssuerEntry gone,
              change_issuer(management, given, "issuer remove", "", remove));
    return given.output == OutputFormat::json ? show_issuer(gone, given.output)
                                              : "removed " + gone.issuer.name + "\n";
}

Result<std::string> set_enabled(const Invocation& given, bool enabled) {
    BERTH_TRY(Management management, Management::open(given));
    const auto change = [&management, enabled](db::Session& session, const std::string& name) {
        return meta::enable_issuer(session, name, enabled, management.now());
    };
    BERTH_TRY_VOID(
        change_issuer(management, given, enabled ? "issuer enable" : "issuer disable", "", change));
    return shown(management, given, given.arguments.text("NAME"));
}

Result<std::string> set_blocked(const Invocation& given, bool blocked) {
    const std::string subject = given.arguments.text("SUBJECT");
    if (!auth::is_usable_subject(subject)) {
        return fail(Errc::bad_request, "'" + subject + "' is the subject of no token");
    }
    BERTH_TRY(Management management, Management::open(given));
    const auto change = [&](db::Session& session, const std::string& name) {
        return blocked ? meta::block_subject(session, name, subject, management.now())
                       : meta::unblock_subject(session, name, subject);
    };
    BERTH_TRY_VOID(change_issuer(management, given, blocked ? "issuer block" : "issuer unblock",
                                 subject, change));
    return shown(management, given, given.arguments.text("NAME"));
}

Parameter name_parameter() {
    return Parameter("NAME", "", "What the issuer is called here").as_required();
}

std::vector<Parameter> add_parameters() {
    using enum Parameter::Values;
    return {
        name_parameter(),
        Parameter("--preset", "PRESET", "entra, github, gitlab, kubernetes or oidc").as_required(),
        Parameter("--issuer", "URL", "The iss of its tokens, where the preset does not know it"),
        Parameter("--tenant", "GUID", "A tenant of Entra ID", many),
        Parameter("--audience", "TEXT", "What the aud of its tokens must be, or one of them", many),
        Parameter("--discovery", "URL",
                  "Where discovery starts, when not at the issuer (entra: at its login host)"),
        Parameter("--ca-file", "FILE", "PEM certificates to trust instead of the system's"),
        toggle("--allow-private",
               "Also at addresses that are not public, and by http on this machine"),
        Parameter("--clock-skew", "TIME", "How far its clock may be off [60s]"),
    };
}

}  // namespace

std::vector<Command> issuer_commands() {
    using enum Command::Takes;
    const auto one = [](std::string path, std::string about, Run run) {
        return Command(std::move(path), std::move(about), catalog, {name_parameter()},
                       std::move(run));
    };
    const auto subject = [](std::string path, std::string about, Run run) {
        return Command(std::move(path), std::move(about), catalog,
                       {name_parameter(), Parameter("SUBJECT", "",
                                                    "What its tokens say in sub, or with "
                                                    "entra in oid")
                                              .as_required()},
                       std::move(run));
    };
    std::vector<Command> commands = {
        group("issuer", "Other token issuers, whose tokens are taken for sign-in"),
        Command("issuer add", "Trust an issuer; nobody gets in before it has a rule", catalog,
                add_parameters(), run_add),
        Command("issuer list", "Every issuer", catalog, {}, run_list),
        one("issuer show", "One issuer, its rules and who is blocked", run_show),
        one("issuer remove", "Trust it no longer; what it let in ends at once", run_remove),
        one("issuer enable", "Trust it again",
            [](const auto& given) { return set_enabled(given, true); }),
        one("issuer disable", "Trust it no longer for now; what it let in ends at once",
            [](const auto& given) { return set_enabled(given, false); }),
        subject("issuer block", "Let one of its subjects in no longer, at once",
                [](const auto& given) { return set_blocked(given, true); }),
        subject("issuer unblock", "Let the subject in again",
                [](const auto& given) { return set_blocked(given, false); }),
    };
    for (Command& command : issuer_rule_commands()) {
        commands.push_back(std::move(command));
    }
    return commands;
}

}  // namespace berth::app
