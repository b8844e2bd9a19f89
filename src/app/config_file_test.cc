// SPDX-License-Identifier: Apache-2.0
#include "app/config_file.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace berth::app {
namespace {

class ConfigFile : public testing::Test {
  protected:
    ConfigFile() { std::filesystem::create_directory(directory_); }

    ~ConfigFile() override { std::filesystem::remove_all(directory_); }

    // Loads `text` as the file.
    Result<LoadedConfig> load(const std::string& text, const Environment& environment = {}) {
        std::ofstream(path_, std::ios::binary) << text;
        sources_.file = path_;
        sources_.environment = environment;
        return load_config(sources_);
    }

    // The message for `text` with the file's path replaced by F; empty when it is accepted.
    std::string refusal(const std::string& text) {
        const Result<LoadedConfig> loaded = load(text);
        return loaded ? "" : with_short_path(loaded.error().log_detail);
    }

    std::string with_short_path(std::string text) const {
        for (auto at = text.find(path_); at != std::string::npos; at = text.find(path_)) {
            text.replace(at, path_.size(), "F");
        }
        return text;
    }

    static std::string environment_refusal(const Environment& environment) {
        ConfigSources sources;
        sources.environment = environment;
        const Result<LoadedConfig> loaded = load_config(sources);
        return loaded ? "" : loaded.error().log_detail;
    }

    const std::filesystem::path directory_ =
        std::filesystem::temp_directory_path() / ("berth-config-" + make_uuid());
    const std::string path_ = (directory_ / "berth.toml").string();
    ConfigSources sources_;
};

constexpr const char* kEverySection = R"(# A comment.
listen = "0.0.0.0:443"
data = "/srv/berth"
anonymous = "read"
[tls]
cert = "c.pem"
key = "k.pem"
[log]
format = "json"
level = "warn"
access = false
[server]
io_threads = 3
drain_timeout = "2m"
[compatibility]
delete_by_tag = true
[limits]
manifest_bytes_max = "8MiB"
blob_bytes_max = 1073741824
upload_age_max = "24h"
)";

TEST_F(ConfigFile, EverySection) {
    const Result<LoadedConfig> loaded = load(kEverySection);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().log_detail;
    const Config& config = loaded->config;
    EXPECT_EQ(config.listen, "0.0.0.0:443");
    EXPECT_EQ(config.data, "/srv/berth");
    EXPECT_EQ(config.anonymous, auth::AnonymousAccess::read);
    EXPECT_EQ(config.tls.cert, "c.pem");
    EXPECT_EQ(config.tls.key, "k.pem");
    EXPECT_EQ(config.log.format, telemetry::LogFormat::json);
    EXPECT_EQ(config.log.level, telemetry::Level::warn);
    EXPECT_FALSE(config.log.access);
    EXPECT_EQ(config.server.io_threads, 3U);
    EXPECT_EQ(config.server.drain_timeout, std::chrono::minutes(2));
    EXPECT_TRUE(config.compatibility.delete_by_tag);
    EXPECT_FALSE(config.compatibility.sparse_index);
    EXPECT_EQ(config.limits.manifest_bytes_max, 8 * kMiB);
    EXPECT_EQ(config.limits.blob_bytes_max, kGiB);
    EXPECT_EQ(config.limits.upload_age_max, std::chrono::hours(24));
    EXPECT_EQ(config.limits.page_max, 1000U);
}

TEST_F(ConfigFile, NothingGivenIsTheDefaults) {
    const Result<LoadedConfig> loaded = load_config(ConfigSources());
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ(loaded->config.listen, "127.0.0.1:5000");
    EXPECT_EQ(loaded->origins, std::vector<std::string>(settings().size()));
}

TEST_F(ConfigFile, FlagsOverEnvironmentOverFile) {
    sources_.flags.emplace_back(*find_setting("limits.page_max"), "400");
    const Result<LoadedConfig> loaded =
        load("[limits]\npage_max = 200\npage_default = 20\ntags_per_push_max = 2\n",
             {{"BERTH_LIMITS_PAGE_MAX", "300"}, {"BERTH_LIMITS_PAGE_DEFAULT", "30"}});
    ASSERT_TRUE(loaded.has_value()) << loaded.error().log_detail;
    EXPECT_EQ(loaded->config.limits.page_max, 400U);
    EXPECT_EQ(loaded->config.limits.page_default, 30U);
    EXPECT_EQ(loaded->config.limits.tags_per_push_max, 2U);
}

TEST_F(ConfigFile, UnknownKeys) {
    EXPECT_EQ(refusal("listen = \"a:1\"\n[limits]\nmanifest_byte_max = \"4MiB\"\n"),
              "F:3: unknown key 'limits.manifest_byte_max'; did you mean "
              "'limits.manifest_bytes_max'?");
    EXPECT_EQ(refusal("[limit]\npage_max = 5\n"),
              "F:2: unknown key 'limit.page_max'; did you mean 'limits.page_max'?");
    EXPECT_EQ(refusal("page_max = 5\n"),
              "F:1: unknown key 'page_max'; did you mean 'limits.page_max'?");
    EXPECT_EQ(refusal("limits.pagemax = 5\n"),
              "F:1: unknown key 'limits.pagemax'; did you mean 'limits.page_max'?");
    EXPECT_EQ(refusal("\n\ncolour = \"blue\"\n"), "F:3: unknown key 'colour'");
    EXPECT_EQ(refusal("[colours]\n"), "F:1: unknown key 'colours'");
    EXPECT_EQ(refusal("limits = 5\n"), "F:1: unknown key 'limits'");
    EXPECT_EQ(refusal("[limits]\n"), "");
}

TEST_F(ConfigFile, WrongTypesAndValues) {
    EXPECT_EQ(refusal("[limits]\npage_max = \"5\"\n"),
              "F:2: limits.page_max: expected a number from 1 to 100000, got the text '5'");
    EXPECT_EQ(refusal("[limits]\npage_max = -5\n"),
              "F:2: limits.page_max: expected a number from 1 to 100000, got '-5'");
    EXPECT_EQ(refusal("[limits]\npage_max = [5]\n"),
              "F:2: limits.page_max: expected a number from 1 to 100000, got an array");
    EXPECT_EQ(refusal("[limits]\npage_max = 5.0\n"),
              "F:2: limits.page_max: expected a number from 1 to 100000, got a value of another "
              "type");
    EXPECT_EQ(refusal("[listen]\nhost = \"a\"\n"),
              "F:1: listen: expected a text that is not empty, got a table");
    EXPECT_EQ(refusal("listen = 5000\n"),
              "F:1: listen: expected a text that is not empty, got the number 5000");
    EXPECT_EQ(refusal("[log]\naccess = \"true\"\n"),
              "F:2: log.access: expected true or false, got the text 'true'");
    EXPECT_EQ(refusal("anonymous = false\n"),
              "F:1: anonymous: expected none, read or write, got a boolean");
    EXPECT_EQ(refusal("anonymous = \"Read\"\n"),
              "F:1: anonymous: expected none, read or write, got 'Read'");
    EXPECT_EQ(refusal("[limits]\nidle_timeout = 75\n"),
              "F:2: limits.idle_timeout: expected a duration from 1s to 1d, got the number 75");
}

TEST_F(ConfigFile, AllMistakesInTheOrderOfTheFile) {
    EXPECT_EQ(refusal("[log]\nformt = \"json\"\nlevel = \"loud\"\n[limits]\npage_mx = 5\n"),
              "F:2: unknown key 'log.formt'; did you mean 'log.format'?\n"
              "F:3: log.level: expected debug, info, warn or error, got 'loud'\n"
              "F:5: unknown key 'limits.page_mx'; did you mean 'limits.page_max'?");
}

TEST_F(ConfigFile, SyntaxErrorHasItsLine) {
    const std::string text = refusal("listen = \"a:1\"\ndata = \n");
    EXPECT_TRUE(text.starts_with("F:2: ")) << text;
    EXPECT_TRUE(refusal("data = \"a\"\ndata = \"b\"\n").starts_with("F:2: "));
}

TEST_F(ConfigFile, UnreadableFile) {
    sources_.file = (directory_ / "absent.toml").string();
    const Result<LoadedConfig> loaded = load_config(sources_);
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error().log_detail,
              *sources_.file + ": cannot read: No such file or directory");
    sources_.file = directory_.string();
    const Result<LoadedConfig> directory = load_config(sources_);
    ASSERT_FALSE(directory.has_value());
    EXPECT_EQ(directory.error().log_detail, *sources_.file + ": cannot read: Is a directory");
}

TEST_F(ConfigFile, FileFromTheEnvironmentUnlessGiven) {
    std::ofstream(path_) << "data = \"from-variable\"\n";
    sources_.environment = {{"BERTH_CONFIG", path_}};
    Result<LoadedConfig> loaded = load_config(sources_);
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ(loaded->config.data, "from-variable");

    const std::string other = (directory_ / "other.toml").string();
    std::ofstream(other) << "data = \"from-flag\"\n";
    sources_.file = other;
    loaded = load_config(sources_);
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ(loaded->config.data, "from-flag");
}

TEST_F(ConfigFile, Environment) {
    EXPECT_EQ(environment_refusal({{"BERTH_LOG_FORMT", "json"}}),
              "environment: unknown variable 'BERTH_LOG_FORMT'; did you mean 'BERTH_LOG_FORMAT'?");
    EXPECT_EQ(environment_refusal({{"BERTH_CONFG", "f"}}),
              "environment: unknown variable 'BERTH_CONFG'; did you mean 'BERTH_CONFIG'?");
    EXPECT_EQ(environment_refusal({{"BERTH_ANONYMOUS", "all"}}),
              "BERTH_ANONYMOUS: expected none, read or write, got 'all'");
    EXPECT_EQ(environment_refusal({{"BERTH_BINARY", "b"},
                                   {"BERTH_JOBS", "2"},
                                   {"BERTH_TEST_SEED", "1"},
                                   {"BERTH_CLIENTS_ONLY", "x"},
                                   {"BERTH_BENCH_SECONDS", "5"}}),
              "");
}

TEST_F(ConfigFile, ProcessEnvironmentHoldsOurVariablesOnly) {
    ASSERT_EQ(::setenv("BERTH_TEST_MARK", "a=b", 1), 0);
    const app::Environment found = process_environment();
    ASSERT_EQ(::unsetenv("BERTH_TEST_MARK"), 0);
    bool seen = false;
    for (const auto& [name, value] : found) {
        EXPECT_TRUE(name.starts_with("BERTH_")) << name;
        seen = seen || (name == "BERTH_TEST_MARK" && value == "a=b");
    }
    EXPECT_TRUE(seen);
}

TEST_F(ConfigFile, RelationsAreCheckedAcrossSources) {
    sources_.flags.emplace_back(*find_setting("tls.cert"), "c.pem");
    const Result<LoadedConfig> loaded = load_config(sources_);
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error().log_detail, "tls.cert and tls.key: give both or neither");
}

TEST_F(ConfigFile, PrintedConfigReadsBack) {
    sources_.flags.emplace_back(*find_setting("limits.page_max"), "500");
    sources_.flags.emplace_back(*find_setting("data"), "a \"quoted\"\\path\n#\xc3\xa9");
    const Result<LoadedConfig> first = load(kEverySection, {{"BERTH_LIMITS_IDLE_TIMEOUT", "90m"}});
    ASSERT_TRUE(first.has_value()) << first.error().log_detail;
    const std::string printed = format_config(*first);
    const std::string shown = with_short_path(printed);
    EXPECT_NE(shown.find("page_max = 500  # from --limits-page-max\n"), std::string::npos) << shown;
    EXPECT_NE(shown.find("idle_timeout = \"90m\"  # from BERTH_LIMITS_IDLE_TIMEOUT\n"),
              std::string::npos);
    EXPECT_NE(shown.find("io_threads = 3  # from F:13\n"), std::string::npos) << shown;
    EXPECT_NE(shown.find("page_default = 100\n"), std::string::npos);
    EXPECT_NE(shown.find("\n[limits]\n"), std::string::npos);

    sources_ = ConfigSources();
    const Result<LoadedConfig> second = load(printed);
    ASSERT_TRUE(second.has_value()) << second.error().log_detail;
    for (const Setting& setting : settings()) {
        EXPECT_EQ(show(setting, second->config), show(setting, first->config)) << setting.key;
    }
}

TEST_F(ConfigFile, LocalModeHasAddressesOfItsOwnWhereNoneAreGiven) {
    const auto both = load("local = true\n");
    ASSERT_TRUE(both) << both.error().log_detail;
    EXPECT_EQ(both->config.listen, "127.0.0.1:5443");
    EXPECT_EQ(both->config.listen_http, "127.0.0.1:5000");
    EXPECT_NE(format_config(*both).find("listen = \"127.0.0.1:5443\"  # from local\n"),
              std::string::npos);
    const auto given = load("local = true\nlisten = \"[::1]:1\"\nlisten_http = \"\"\n");
    ASSERT_TRUE(given) << given.error().log_detail;
    EXPECT_EQ(given->config.listen, "[::1]:1");
    EXPECT_EQ(given->config.listen_http, "");
    EXPECT_EQ(load("local = false\n")->config.listen, Config().listen);
}

}  // namespace
}  // namespace berth::app
