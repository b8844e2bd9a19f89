// SPDX-License-Identifier: Apache-2.0
#include "app/options.h"

#include "app/command_about.h"
#include "app/suggestion.h"
#include "base/assert.h"
#include "base/try.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <deque>

namespace berth::app {
namespace {

constexpr const char* kSettingsFooter =
    "Each setting is also a key of the TOML file and an environment variable:\n"
    "--limits-page-max, [limits] page_max, BERTH_LIMITS_PAGE_MAX.\n"
    "Flags override the environment, which overrides the file.";
constexpr const char* kFooter = "berth COMMAND --help tells more.";
constexpr const char* kConfigFlag = "--config";
constexpr const char* kDataFlag = "--data";
constexpr const char* kOutputFlag = "--output";

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

bool takes_file(const Command& command) {
    return command.takes == Command::Takes::settings || command.takes == Command::Takes::catalog;
}

bool takes_output(const Command& command) {
    return command.takes == Command::Takes::output || command.takes == Command::Takes::catalog;
}

bool takes_setting(const Command& command, const Setting& setting) {
    return command.takes == Command::Takes::settings ||
           (command.takes == Command::Takes::catalog && flag_of(setting) == kDataFlag);
}

// CLI11 puts an empty value between two occurrences; any other place of one is a value given.
Result<Arguments::Occurrences> occurrences_of(const std::string& name,
                                              const std::vector<std::string>& values) {
    Arguments::Occurrences found(1);
    for (const std::string& value : values) {
        if (!value.empty()) {
            found.back().push_back(value);
        } else if (!found.back().empty()) {
            found.emplace_back();
        } else {
            return fail(Errc::bad_request, name + ": a value is empty");
        }
    }
    if (found.back().empty()) {
        return fail(Errc::bad_request, name + ": a value is empty");
    }
    return found;
}

// One command or group in CLI11's terms.
class Node {
  public:
    Node(CLI::App& app, const Command& command) : app_(app), command_(command) {
        app_.allow_extras();
        app_.footer(command.takes == Command::Takes::settings ? kSettingsFooter : command.footer);
        for (const Parameter& parameter : command.parameters) {
            add(parameter);
        }
        if (takes_file(command)) {
            add_one(kConfigFlag, "TOML file with settings (BERTH_CONFIG)")->type_name("FILE");
        }
        for (const Setting& setting : settings()) {
            if (takes_setting(command, setting)) {
                add(setting);
            }
        }
        if (takes_output(command)) {
            add_one(kOutputFlag, "What is printed [text]")->type_name("text|json");
        }
    }

    const Command& command() const { return command_; }

    const CLI::App& app() const { return app_; }

    std::vector<std::string> flags() const {
        std::vector<std::string> names = {"--help"};
        for (const CLI::Option* option : app_.get_options()) {
            names.push_back(option->get_name());
        }
        return names;
    }

    Result<Arguments> arguments() const {
        std::map<std::string, Arguments::Occurrences, std::less<>> given;
        for (const Parameter& parameter : command_.parameters) {
            const CLI::Option& option = *app_.get_option(parameter.name);
            Arguments::Occurrences& found = given[parameter.name];
            if (option.count() == 0) {
                continue;
            }
            if (parameter.values == Parameter::Values::many) {
                BERTH_TRY(found, occurrences_of(parameter.name, option.results()));
            } else {
                found = {{option.results().back()}};
            }
        }
        return Arguments(std::move(given));
    }

    ConfigSources sources(const Environment& environment) const {
        ConfigSources sources;
        sources.environment = environment;
        if (app_.count(kConfigFlag) > 0) {
            sources.file = app_.get_option(kConfigFlag)->results().back();
        }
        for (const Setting& setting : settings()) {
            if (takes_setting(command_, setting) && app_.count(flag_of(setting)) > 0) {
                std::string value = app_.get_option(flag_of(setting))->results().back();
                // A boolean flag without a value.
                const bool is_bare = value.empty() && setting.kind == SettingKind::boolean;
                sources.flags.emplace_back(setting, is_bare ? "true" : std::move(value));
            }
        }
        return sources;
    }

    Result<OutputFormat> output() const {
        if (!takes_output(command_) || app_.count(kOutputFlag) == 0) {
            return OutputFormat::text;
        }
        const std::string given = app_.get_option(kOutputFlag)->results().back();
        if (given != "text" && given != "json") {
            return fail(Errc::bad_request, "--output: expected text or json, got '" + given + "'");
        }
        return given == "json" ? OutputFormat::json : OutputFormat::text;
    }

  private:
    CLI::Option* add_one(const std::string& name, const std::string& about) {
        const CLI::callback_t take = [](const CLI::results_t&) { return true; };
        return app_.add_option(name, take, about)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }

    void add(const Parameter& parameter) {
        if (parameter.values == Parameter::Values::none) {
            app_.add_flag(parameter.name, parameter.about);
            return;
        }
        CLI::Option* option = add_one(parameter.name, parameter.about);
        option->type_name(parameter.value_name)->required(parameter.required);
        if (parameter.values == Parameter::Values::many) {
            option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
                ->expected(1, CLI::detail::expected_max_vector_size)
                ->allow_extra_args();
            option->inject_separator();
        }
    }

    void add(const Setting& setting) {
        const std::string standard = show(setting, Config());
        const std::string about =
            std::string(setting.help) + (standard.empty() ? "" : " [" + standard + "]");
        CLI::Option* option = add_one(flag_of(setting), about)->type_name(value_name(setting));
        if (command_.takes == Command::Takes::settings) {
            option->group(section_of(setting).empty() ? "Settings"
                                                      : std::string(section_of(setting)));
        }
        if (setting.kind == SettingKind::boolean) {
            option->expected(0, 1);
        }
    }

    CLI::App& app_;
    const Command& command_;
};

// All commands as CLI11's tree.
class CommandLine {
  public:
    explicit CommandLine(const std::vector<Command>& commands) {
        app_.require_subcommand(0, 1);
        app_.allow_extras();
        app_.footer(kFooter);
        app_.get_formatter()->label("SUBCOMMAND", "COMMAND");
        for (const Command& command : commands) {
            nodes_.emplace_back(*place(command), command);
        }
    }

    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;

    Result<Options> parse(std::vector<std::string> arguments, const Environment& environment) {
        const std::string help = app_.help();  // after parsing it is that of the given command
        std::ranges::reverse(arguments);       // as CLI11 wants them
        try {
            app_.parse(arguments);
        } catch (const CLI::CallForHelp&) {
            BERTH_TRY_VOID(refuse_unknown_command());
            return help_options(app_.help());
        } catch (const CLI::RequiredError& error) {
            BERTH_TRY_VOID(refuse_extras());  // the better message, if there are any
            return fail(Errc::bad_request, full_name(*chosen()) + ": " + error.what());
        } catch (const CLI::ParseError& error) {
            return fail(Errc::bad_request, error.what());
        }
        BERTH_TRY_VOID(refuse_extras());
        const CLI::App* given = chosen();
        if (given == &app_) {
            return help_options(help);
        }
        const Node& node = node_of(*given);
        BERTH_TRY(Options options, options_of(node, environment));
        if (options.command == kHelpCommand) {
            const std::vector<std::string> words = options.invocation.arguments.list("COMMAND");
            BERTH_TRY(options.help, words.empty() ? Result<std::string>(help) : help_of(words));
        }
        return options;
    }

  private:
    static Options help_options(std::string text) {
        Options options;
        options.command = kHelpCommand;
        options.help = std::move(text);
        return options;
    }

    static Result<Options> options_of(const Node& node, const Environment& environment) {
        Options options;
        options.command = node.command().name;
        options.run = node.command().run;
        if (!options.run) {
            return fail(Errc::bad_request, "berth " + options.command + " needs a command: " +
                                               joined(child_names(node.app())));
        }
        BERTH_TRY(options.invocation.arguments, node.arguments());
        BERTH_TRY(options.invocation.output, node.output());
        if (takes_file(node.command())) {
            BERTH_TRY(options.invocation.loaded, load_config(node.sources(environment)));
        }
        return options;
    }

    /// `user create` below `user`, which is there already.
    CLI::App* place(const Command& command) {
        CLI::App* parent = &app_;
        std::string_view path = command.name;
        for (auto space = path.find(' '); space != std::string_view::npos; space = path.find(' ')) {
            parent = parent->get_subcommand(std::string(path.substr(0, space)));
            path.remove_prefix(space + 1);
        }
        CLI::App* app = parent->add_subcommand(std::string(path), command.about);
        app->group("Commands");
        app->require_subcommand(0, 1);
        return app;
    }

    const Node& node_of(const CLI::App& app) const {
        const auto found =
            std::ranges::find(nodes_, &app, [](const Node& node) { return &node.app(); });
        BERTH_CHECK(found != nodes_.end());
        return *found;
    }

    /// The innermost command that was given; the program itself when none was.
    const CLI::App* chosen() const {
        const CLI::App* at = &app_;
        while (!at->get_subcommands().empty()) {
            at = at->get_subcommands().front();
        }
        return at;
    }

    std::string full_name(const CLI::App& app) const {
        return &app == &app_ ? "berth" : "berth " + node_of(app).command().name;
    }

    static std::vector<std::string> child_names(const CLI::App& app) {
        std::vector<std::string> names;
        for (const CLI::App* child : app.get_subcommands([](const CLI::App*) { return true; })) {
            names.push_back(child->get_name());
        }
        return names;
    }

    static std::string joined(const std::vector<std::string>& words) {
        std::string text;
        for (const std::string& word : words) {
            text += (text.empty() ? "" : ", ") + word;
        }
        return text;
    }

    Result<std::string> help_of(const std::vector<std::string>& words) const {
        const CLI::App* at = &app_;
        for (const std::string& word : words) {
            const std::vector<std::string> names = child_names(*at);
            if (std::ranges::find(names, word) == names.end()) {
                return fail(Errc::bad_request,
                            "unknown command '" + word + "'" + suggestion(word, names));
            }
            at = at->get_subcommand(word);
        }
        const std::size_t last_word = full_name(*at).rfind(' ');
        return at->help(full_name(*at).substr(0, last_word));
    }

    /// Help of something that is not there would be help of something else.
    Result<void> refuse_unknown_command() const {
        const std::vector<std::string> extras = app_.remaining(true);
        const bool is_word = !extras.empty() && !extras.front().starts_with("-");
        return is_word && !child_names(*chosen()).empty() ? refuse_extras() : Result<void>();
    }

    // What CLI11 could not place; refused here because its own message suggests nothing.
    Result<void> refuse_extras() const {
        const std::vector<std::string> extras = app_.remaining(true);
        if (extras.empty()) {
            return {};
        }
        const CLI::App& given = *chosen();
        const std::string word = extras.front().substr(0, extras.front().find('='));
        if (word.starts_with("-")) {
            const std::vector<std::string> flags =
                &given == &app_ ? std::vector<std::string>{"--help"} : node_of(given).flags();
            if (std::ranges::find(flags, word) != flags.end()) {
                return fail(Errc::bad_request, "'" + word + "' goes after the command: " +
                                                   full_name(given) + " " + word);
            }
            return fail(Errc::bad_request, "unknown flag '" + word + "'" + suggestion(word, flags));
        }
        const std::vector<std::string> children = child_names(given);
        if (children.empty()) {
            return fail(Errc::bad_request, "unexpected argument '" + word + "'");
        }
        const std::string shown =
            &given == &app_ ? word : node_of(given).command().name + " " + word;
        return fail(Errc::bad_request,
                    "unknown command '" + shown + "'" + suggestion(word, children));
    }

    CLI::App app_{"Berth, a container registry.", "berth"};
    std::deque<Node> nodes_;
};

}  // namespace

Result<Options> parse_options(const std::vector<Command>& commands,
                              const std::vector<std::string>& arguments,
                              const Environment& environment) {
    CommandLine line(commands);
    return line.parse(arguments, environment);
}

}  // namespace berth::app
