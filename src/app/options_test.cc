// SPDX-License-Identifier: Apache-2.0
#include "app/options.h"

#include <gtest/gtest.h>

namespace berth::app {
namespace {

Result<Options> parse(const std::vector<std::string>& arguments) {
    return parse_options(arguments, {});
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
    return options->loaded.config;
}

TEST(OptionsTest, Commands) {
    EXPECT_EQ(parse({"serve"})->command, Command::serve);
    EXPECT_EQ(parse({"config"})->command, Command::config);
    EXPECT_EQ(parse({"version"})->command, Command::version);
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{}, {"help"}, {"--help"}, {"-h"}}) {
        const Result<Options> options = parse(arguments);
        ASSERT_TRUE(options.has_value());
        EXPECT_EQ(options->command, Command::help);
        for (const char* command : {"serve", "config", "version", "help"}) {
            EXPECT_NE(options->help.find(command), std::string::npos) << command;
        }
    }
}

TEST(OptionsTest, HelpOfACommandNamesEverySetting) {
    const Result<Options> options = parse({"serve", "--help"});
    ASSERT_TRUE(options.has_value());
    EXPECT_EQ(options->command, Command::help);
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
    const Result<Options> options =
        parse_options({"config", "--data", "flag"}, {{"BERTH_DATA", "e"}, {"BERTH_LISTEN", "h:1"}});
    ASSERT_TRUE(options.has_value());
    EXPECT_EQ(options->loaded.config.data, "flag");
    EXPECT_EQ(options->loaded.config.listen, "h:1");
}

TEST(OptionsTest, VersionIgnoresABrokenEnvironment) {
    EXPECT_TRUE(parse_options({"version"}, {{"BERTH_NONSENSE", "1"}}).has_value());
    EXPECT_FALSE(parse_options({"serve"}, {{"BERTH_NONSENSE", "1"}}).has_value());
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

}  // namespace
}  // namespace berth::app
