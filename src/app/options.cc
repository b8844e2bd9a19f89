// SPDX-License-Identifier: Apache-2.0
#include "app/options.h"

#include "app/suggestion.h"
#include "base/try.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace berth::app {
namespace {

constexpr const char* kFooter =
    "Each setting is also a key of the TOML file and an environment variable:\n"
    "--limits-page-max, [limits] page_max, BERTH_LIMITS_PAGE_MAX.\n"
    "Flags override the environment, which overrides the file.";

std::string value_name(const Setting& setting) {
    switch (setting.kind) {
        case SettingKind::text:
            return "TEXT";
        case SettingKind::boolean:
            return "true|false";
        case SettingKind::count:
            return "N";
        case SettingKind::size:
            return "SIZE";
        case SettingKind::duration:
            return "TIME";
        case SettingKind::choice: {
            std::string words = accepted(setting);
            for (const std::string_view separator : {", ", " or "}) {
                for (auto at = words.find(separator); at != std::string::npos;
                     at = words.find(separator)) {
                    words.replace(at, separator.size(), "|");
                }
            }
            return words;
        }
    }
    return {};
}

// The grammar; CLI11 writes what it finds into the members, so the object stays where it is.
class CommandLine {
  public:
    CommandLine() {
        app_.require_subcommand(0, 1);
        app_.allow_extras();
        app_.footer("berth COMMAND --help tells more.");
        add_command(serve_, true);
        add_command(config_, true);
        add_command(version_, false);
        add_command(help_, false);
    }

    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;

    Result<Options> parse(std::vector<std::string> arguments, const Environment& environment) {
        Options options;
        const std::string help = app_.help();  // after parsing it is that of the given command
        std::ranges::reverse(arguments);       // as CLI11 wants them
        try {
            app_.parse(arguments);
        } catch (const CLI::CallForHelp&) {
            options.help = app_.help();
            return options;
        } catch (const CLI::ParseError& error) {
            return fail(Errc::bad_request, error.what());
        }
        const CLI::App* chosen = chosen_command();
        BERTH_TRY_VOID(refuse_extras(chosen));
        if (chosen == version_) {
            options.command = Command::version;
        } else if (chosen == nullptr || chosen == help_) {
            options.help = help;
        } else {
            options.command = chosen == serve_ ? Command::serve : Command::config;
            BERTH_TRY(options.loaded, load_config(sources_of(*chosen, environment)));
        }
        return options;
    }

  private:
    void add_command(CLI::App* command, bool takes_settings) {
        command->allow_extras();
        if (!takes_settings) {
            return;
        }
        command->footer(kFooter);
        command->add_option("--config", file_, "TOML file with settings (BERTH_CONFIG)")
            ->type_name("FILE")
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
        const Config defaults;
        for (std::size_t i = 0; i < settings().size(); ++i) {
            const Setting& setting = settings()[i];
            const std::string standard = show(setting, defaults);
            const std::string about =
                std::string(setting.help) + (standard.empty() ? "" : " [" + standard + "]");
            CLI::Option* option = command->add_option(flag_of(setting), values_[i], about);
            option->type_name(value_name(setting))
                ->group(section_of(setting).empty() ? "Settings" : std::string(section_of(setting)))
                ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
            if (setting.kind == SettingKind::boolean) {
                option->expected(0, 1);
            }
        }
    }

    const CLI::App* chosen_command() const {
        const std::vector<CLI::App*> chosen = app_.get_subcommands();
        return chosen.empty() ? nullptr : chosen.front();
    }

    ConfigSources sources_of(const CLI::App& command, const Environment& environment) const {
        ConfigSources sources;
        sources.environment = environment;
        if (command.count("--config") > 0) {
            sources.file = file_;
        }
        for (std::size_t i = 0; i < settings().size(); ++i) {
            const Setting& setting = settings()[i];
            if (command.count(flag_of(setting)) > 0) {
                // A boolean flag without a value.
                const bool is_bare = values_[i].empty() && setting.kind == SettingKind::boolean;
                sources.flags.emplace_back(setting, is_bare ? "true" : values_[i]);
            }
        }
        return sources;
    }

    // What CLI11 could not place; refused here because its own message suggests nothing.
    Result<void> refuse_extras(const CLI::App* chosen) const {
        const std::vector<std::string> extras = app_.remaining(true);
        if (extras.empty()) {
            return {};
        }
        const std::string word = extras.front().substr(0, extras.front().find('='));
        if (word.starts_with("-")) {
            return fail(Errc::bad_request,
                        "unknown flag '" + word + "'" + suggestion(word, flags_of(chosen)));
        }
        if (chosen == nullptr) {
            return fail(Errc::bad_request,
                        "unknown command '" + word + "'" + suggestion(word, command_names()));
        }
        return fail(Errc::bad_request, "unexpected argument '" + word + "'");
    }

    std::vector<std::string> flags_of(const CLI::App* command) const {
        std::vector<std::string> names = {"--help"};
        if (command == serve_ || command == config_) {
            names.emplace_back("--config");
            for (const Setting& setting : settings()) {
                names.push_back(flag_of(setting));
            }
        }
        return names;
    }

    std::vector<std::string> command_names() const {
        std::vector<std::string> names;
        for (const CLI::App* command : {serve_, config_, version_, help_}) {
            names.push_back(command->get_name());
        }
        return names;
    }

    CLI::App app_{"Berth, a container registry.", "berth"};
    CLI::App* const serve_ = app_.add_subcommand("serve", "Run the registry");
    CLI::App* const config_ = app_.add_subcommand("config", "Print the effective settings as TOML");
    CLI::App* const version_ =
        app_.add_subcommand("version", "Print the version and its libraries");
    CLI::App* const help_ = app_.add_subcommand("help", "Print this text");
    std::string file_;
    // Parallel to settings(); serve and config share them, as only one of the two is given.
    std::vector<std::string> values_ = std::vector<std::string>(settings().size());
};

}  // namespace

Result<Options> parse_options(const std::vector<std::string>& arguments,
                              const Environment& environment) {
    CommandLine line;
    return line.parse(arguments, environment);
}

}  // namespace berth::app
