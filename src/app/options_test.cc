// SPDX-License-Identifier: Apache-2.0
#include "app/options.h"

#include "app/commands.h"

#include <gtest/gtest.h>

namespace berth::app {
namespace {

Result<Options> parse(const std::vector<std::string>& arguments) {
    return parse_options(all_commands(), arguments, {});
}

std::string refusal(const std::vector<std::string>& arguments) {
    const Result<Options> options = parse(arguments);
    return options ? "" : options.error().log_detail;
}

Config config_of(const std::vector<std::string>& arguments) {
    const Result<Options> options = parse(arguments);
    if (!options) {
        ADD_FAILURE() << options.error().log_detail;
        return {};
    }
    return options->invocation.loaded.config;
}

TEST(OptionsTest, Commands) {
    EXPECT_EQ(parse({"serve"})->command, "serve");
    EXPECT_EQ(parse({"config"})->command, "config");
    EXPECT_EQ(parse({"version"})->command, "version");
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{}, {"help"}, {"--help"}, {"-h"}}) {
        const Result<Options> options = parse(arguments);
        ASSERT_TRUE(options.has_value());
        EXPECT_EQ(options->command, "help");
        for (const char* command : {"serve", "config", "version", "help"}) {
            EXPECT_NE(options->help.find(command), std::string::npos) << command;
        }
    }
}

TEST(OptionsTest, HelpOfACommandNamesEverySetting) {
    const Result<Options> options = parse({"serve", "--help"});
    ASSERT_TRUE(options.has_value());
    EXPECT_EQ(options->command, "help");
    EXPECT_NE(options->help.find("--config FILE"), std::string::npos) << options->help;
    for (const Setting& setting : settings()) {
        EXPECT_NE(options->help.find("  " + flag_of(setting) + " "), std::string::npos)
            << setting.key;
    }
    EXPECT_NE(options->help.find("--anonymous none|read|write"), std::string::npos);
    EXPECT_NE(options->help.find("[4MiB]"), std::string::npos);
}

TEST(OptionsTest, ValuesAfterSpaceOrEquals) {
    const Config config =
        config_of({"serve", "--listen", "127.0.0.1:0", "--data=/tmp/x", "--anonymous", "write",
                   "--limits-manifest-bytes-max", "8MiB", "--log-format=json"});
    EXPECT_EQ(config.listen, "127.0.0.1:0");
    EXPECT_EQ(config.data, "/tmp/x");
    EXPECT_EQ(config.anonymous, auth::AnonymousAccess::write);
    EXPECT_EQ(config.limits.manifest_bytes_max, 8 * kMiB);
    EXPECT_EQ(config.log.format, telemetry::LogFormat::json);
}

TEST(OptionsTest, BooleansWithAndWithoutValue) {
    EXPECT_TRUE(config_of({"serve", "--compatibility-delete-by-tag"}).compatibility.delete_by_tag);
    EXPECT_TRUE(
        config_of({"serve", "--compatibility-delete-by-tag=true"}).compatibility.delete_by_tag);
    EXPECT_TRUE(
        config_of({"serve", "--compatibility-delete-by-tag", "true"}).compatibility.delete_by_tag);
    EXPECT_FALSE(config_of({"serve", "--log-access=false"}).log.access);
    EXPECT_FALSE(config_of({"serve", "--log-access", "false"}).log.access);
    const Config both =
        config_of({"serve", "--compatibility-sparse-index", "--data", "d", "--log-access"});
    EXPECT_TRUE(both.compatibility.sparse_index);
    EXPECT_EQ(both.data, "d");
}

TEST(OptionsTest, LastOfARepeatedFlagCounts) {
    EXPECT_EQ(config_of({"serve", "--data", "a", "--data", "b"}).data, "b");
}

TEST(OptionsTest, EnvironmentIsRead) {
    const Result<Options> options = parse_options(all_commands(), {"config", "--data", "flag"},
                                                  {{"BERTH_DATA", "e"}, {"BERTH_LISTEN", "h:1"}});
    ASSERT_TRUE(options.has_value());
    EXPECT_EQ(options->invocation.loaded.config.data, "flag");
    EXPECT_EQ(options->invocation.loaded.config.listen, "h:1");
}

TEST(OptionsTest, VersionIgnoresABrokenEnvironment) {
    const Environment broken = {{"BERTH_NONSENSE", "1"}};
    EXPECT_TRUE(parse_options(all_commands(), {"version"}, broken).has_value());
    EXPECT_FALSE(parse_options(all_commands(), {"serve"}, broken).has_value());
}

TEST(OptionsTest, ConfigFileOfTheFlag) {
    EXPECT_EQ(refusal({"serve", "--config", "/nonexistent/berth.toml"}),
              "/nonexistent/berth.toml: cannot read: No such file or directory");
}

TEST(OptionsTest, UnknownNamesGetASuggestion) {
    EXPECT_EQ(refusal({"sreve"}), "unknown command 'sreve'; did you mean 'serve'?");
    EXPECT_EQ(refusal({"frobnicate"}), "unknown command 'frobnicate'");
    EXPECT_EQ(refusal({"serve", "--anonymus", "read"}),
              "unknown flag '--anonymus'; did you mean '--anonymous'?");
    EXPECT_EQ(refusal({"serve", "--limits-page-mx=5"}),
              "unknown flag '--limits-page-mx'; did you mean '--limits-page-max'?");
    EXPECT_EQ(refusal({"serve", "--page-max", "5"}),
              "unknown flag '--page-max'; did you mean '--limits-page-max'?");
    EXPECT_EQ(refusal({"serve", "--frobnicate"}), "unknown flag '--frobnicate'");
    EXPECT_EQ(refusal({"--hepl"}), "unknown flag '--hepl'; did you mean '--help'?");
    EXPECT_EQ(refusal({"serve", "stray"}), "unexpected argument 'stray'");
    EXPECT_EQ(refusal({"version", "--data", "x"}), "unknown flag '--data'");
}

TEST(OptionsTest, WrongValuesNameTheFlag) {
    EXPECT_EQ(refusal({"serve", "--anonymous", "all"}),
              "--anonymous: expected none, read or write, got 'all'");
    EXPECT_EQ(refusal({"serve", "--log-access=maybe"}),
              "--log-access: expected true or false, got 'maybe'");
    EXPECT_FALSE(refusal({"serve", "--data"}).empty());
    EXPECT_EQ(refusal({"serve", "--tls-key", "k"}), "tls.cert and tls.key: give both or neither");
}

// A tree like that of the real commands, so that the grammar is tested apart from them.
std::vector<Command> small_tree() {
    const Run run = [](const Invocation&) -> Result<std::string> { return std::string("ran"); };
    using Values = Parameter::Values;
    return {
        group("pet", "Pets", "A pet needs a name."),
        Command("pet create", "Make a pet", Command::Takes::catalog,
                {Parameter("NAME", "", "Its name").as_required(),
                 Parameter("--toy", "TOY", "What it plays with", Values::many),
                 Parameter("--born", "TIME", "Its birthday"), toggle("--wild", "It bites")},
                run),
        Command("pet list", "List pets", Command::Takes::catalog, {}, run),
        group("pet food", "What pets eat"),
        Command("pet food add", "More food", Command::Takes::output,
                {Parameter("PET", "", "Whose").as_required(),
                 Parameter("FOOD", "", "Which", Values::many).as_required()},
                run),
        Command("help", "Help", Command::Takes::nothing,
                {Parameter("COMMAND", "", "Which", Values::many)}, run),
    };
}

Result<Options> parse_pets(const std::vector<std::string>& arguments) {
    return parse_options(small_tree(), arguments, {{"BERTH_DATA", "from-environment"}});
}

std::string pet_refusal(const std::vector<std::string>& arguments) {
    const Result<Options> options = parse_pets(arguments);
    return options ? "" : options.error().log_detail;
}

using Values = std::vector<std::string>;

TEST(CommandTreeTest, NestedCommandsAndTheirArguments) {
    const Result<Options> options =
        parse_pets({"pet", "create", "--toy", "ball", "--born", "today", "--wild", "rex", "--toy",
                    "bone", "stick", "--data", "here", "--output=json"});
    ASSERT_TRUE(options.has_value()) << options.error().log_detail;
    EXPECT_EQ(options->command, "pet create");
    const Arguments& given = options->invocation.arguments;
    EXPECT_EQ(given.text("NAME"), "rex");
    EXPECT_EQ(given.list("--toy"), (Values{"ball", "bone", "stick"}));
    EXPECT_EQ(given.occurrences("--toy"), (Arguments::Occurrences{{"ball"}, {"bone", "stick"}}));
    EXPECT_EQ(given.text("--born"), "today");
    EXPECT_TRUE(given.has("--wild"));
    EXPECT_EQ(options->invocation.loaded.config.data, "here");
    EXPECT_EQ(options->invocation.output, OutputFormat::json);
    EXPECT_EQ(options->run(options->invocation).value(), "ran");
}

TEST(CommandTreeTest, AbsentArguments) {
    const Result<Options> options = parse_pets({"pet", "create", "rex"});
    ASSERT_TRUE(options.has_value());
    const Arguments& given = options->invocation.arguments;
    EXPECT_FALSE(given.has("--toy"));
    EXPECT_FALSE(given.has("--wild"));
    EXPECT_EQ(given.text("--born"), "");
    EXPECT_EQ(options->invocation.loaded.config.data, "from-environment");
    EXPECT_EQ(options->invocation.output, OutputFormat::text);
}

TEST(CommandTreeTest, AListOfValuesLeavesTheRequiredOnes) {
    const Result<Options> options = parse_pets({"pet", "create", "--toy", "ball", "bone", "rex"});
    ASSERT_TRUE(options.has_value());
    EXPECT_EQ(options->invocation.arguments.text("NAME"), "rex");
    EXPECT_EQ(options->invocation.arguments.list("--toy"), (Values{"ball", "bone"}));
}

TEST(CommandTreeTest, AnArgumentMayBeNamedLikeACommand) {
    EXPECT_EQ(parse_pets({"pet", "create", "list"})->invocation.arguments.text("NAME"), "list");
    EXPECT_EQ(parse_pets({"pet", "create", "pet"})->invocation.arguments.text("NAME"), "pet");
}

TEST(CommandTreeTest, ThreeWordsAndManyByPosition) {
    const Result<Options> options = parse_pets({"pet", "food", "add", "rex", "meat", "milk"});
    ASSERT_TRUE(options.has_value()) << options.error().log_detail;
    EXPECT_EQ(options->command, "pet food add");
    EXPECT_EQ(options->invocation.arguments.text("PET"), "rex");
    EXPECT_EQ(options->invocation.arguments.list("FOOD"), (Values{"meat", "milk"}));
}

TEST(CommandTreeTest, Refusals) {
    EXPECT_EQ(pet_refusal({"pet"}), "berth pet needs a command: create, list, food");
    EXPECT_EQ(pet_refusal({"pet", "craete", "x"}),
              "unknown command 'pet craete'; did you mean 'create'?");
    EXPECT_EQ(pet_refusal({"pet", "create"}), "berth pet create: NAME is required");
    EXPECT_EQ(pet_refusal({"--output", "json", "pet", "list"}),
              "'--output' goes after the command: berth pet list --output");
    EXPECT_EQ(pet_refusal({"pte", "--help"}), "unknown command 'pte'; did you mean 'pet'?");
    EXPECT_EQ(pet_refusal({"pet", "lsit", "--help"}),
              "unknown command 'pet lsit'; did you mean 'list'?");
    EXPECT_EQ(pet_refusal({"pet", "create", "--bron", "x"}),
              "unknown flag '--bron'; did you mean '--born'?");
    EXPECT_EQ(pet_refusal({"pet", "create", "--bron"}),
              "unknown flag '--bron'; did you mean '--born'?");
    EXPECT_EQ(pet_refusal({"pet", "create", "rex", "max"}), "unexpected argument 'max'");
    EXPECT_EQ(pet_refusal({"pet", "list", "--listen", "x"}), "unknown flag '--listen'");
    EXPECT_EQ(pet_refusal({"pet", "food", "add", "a", "b", "--data", "x"}),
              "unknown flag '--data'");
    EXPECT_EQ(pet_refusal({"pet", "list", "--output", "xml"}),
              "--output: expected text or json, got 'xml'");
    EXPECT_EQ(pet_refusal({"pet", "create", "rex", "--toy", ""}), "--toy: a value is empty");
    EXPECT_EQ(pet_refusal({"pet", "create", "rex", "--toy", "", "--toy", "a"}),
              "--toy: a value is empty");
    EXPECT_EQ(pet_refusal({"pet", "create", "rex", "--toy", "a", "--toy", ""}),
              "--toy: a value is empty");
}

TEST(CommandTreeTest, HelpOfGroupsAndCommands) {
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"pet", "--help"}, {"help", "pet"}}) {
        const std::string help = parse_pets(arguments)->help;
        for (const char* words : {"Usage: berth pet", "Commands:", "create", "Make a pet", "food",
                                  "A pet needs a name."}) {
            EXPECT_NE(help.find(words), std::string::npos) << words << " in:\n" << help;
        }
        EXPECT_EQ(help.find("--data"), std::string::npos) << help;
    }
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"pet", "create", "--help"}, {"help", "pet", "create"}}) {
        const std::string help = parse_pets(arguments)->help;
        for (const char* words :
             {"Usage: berth pet create [OPTIONS] NAME", "Its name", "--toy TOY ...", "--born TIME",
              "--wild", "--data TEXT", "--output text|json"}) {
            EXPECT_NE(help.find(words), std::string::npos) << words << " in:\n" << help;
        }
    }
    EXPECT_EQ(pet_refusal({"help", "pet", "craete"}),
              "unknown command 'craete'; did you mean 'create'?");
}

}  // namespace
}  // namespace berth::app
