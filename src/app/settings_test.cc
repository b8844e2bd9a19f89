// SPDX-License-Identifier: Apache-2.0
//
// The table of settings, and that docs/configuration.md says the same.
#include "app/settings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <vector>

namespace berth::app {
namespace {

const Setting& setting_of(std::string_view key) {
    const Setting* setting = find_setting(key);
    EXPECT_NE(setting, nullptr) << key;
    return *setting;
}

std::string refusal(std::string_view key, std::string_view value) {
    Config config;
    const Result<void> done = assign(setting_of(key), config, value);
    return done ? "" : done.error().log_detail;
}

TEST(Settings, NamesAreMechanical) {
    const Setting& setting = setting_of("limits.manifest_bytes_max");
    EXPECT_EQ(flag_of(setting), "--limits-manifest-bytes-max");
    EXPECT_EQ(variable_of(setting), "BERTH_LIMITS_MANIFEST_BYTES_MAX");
    EXPECT_EQ(section_of(setting), "limits");
    EXPECT_EQ(name_of(setting), "manifest_bytes_max");
    EXPECT_EQ(flag_of(setting_of("listen")), "--listen");
    EXPECT_EQ(section_of(setting_of("listen")), "");
    EXPECT_EQ(name_of(setting_of("listen")), "listen");
    EXPECT_EQ(find_setting("limits"), nullptr);
}

TEST(Settings, NamesAreUniqueAndSectionsContiguous) {
    std::set<std::string> names;
    std::set<std::string> closed;
    std::string section;
    for (const Setting& setting : settings()) {
        EXPECT_TRUE(names.insert(flag_of(setting)).second) << setting.key;
        EXPECT_TRUE(names.insert(variable_of(setting)).second) << setting.key;
        if (section_of(setting) != section) {
            closed.insert(section);
            section = section_of(setting);
            EXPECT_FALSE(closed.contains(section)) << setting.key;
        }
    }
}

TEST(Settings, EveryDefaultIsAcceptedAndShownAgain) {
    const Config defaults;
    for (const Setting& setting : settings()) {
        Config config;
        const std::string value = show(setting, defaults);
        EXPECT_TRUE(assign(setting, config, value).has_value()) << setting.key << " = " << value;
        EXPECT_EQ(show(setting, config), value) << setting.key;
    }
}

TEST(Settings, EachWritesItsOwnMemberOnly) {
    const Config defaults;
    for (const Setting& setting : settings()) {
        Config config;
        std::string value;
        for (const char* candidate : {"other", "11", "2KiB", "2MiB", "11s", "61s", "false", "true",
                                      "write", "json", "debug", "required"}) {
            if (assign(setting, config, candidate) &&
                show(setting, config) != show(setting, defaults)) {
                value = show(setting, config);
                break;
            }
        }
        EXPECT_FALSE(value.empty()) << setting.key << " has no second value in this test";
        for (const Setting& other : settings()) {
            const bool is_same = &other == &setting;
            EXPECT_EQ(show(other, config), is_same ? value : show(other, defaults))
                << setting.key << " changed " << other.key;
        }
    }
}

TEST(Settings, Values) {
    Config config;
    ASSERT_TRUE(assign(setting_of("anonymous"), config, "read").has_value());
    EXPECT_EQ(config.anonymous, auth::AnonymousAccess::read);
    ASSERT_TRUE(assign(setting_of("log.level"), config, "error").has_value());
    EXPECT_EQ(config.log.level, telemetry::Level::error);
    ASSERT_TRUE(assign(setting_of("limits.upload_age_max"), config, "24h").has_value());
    EXPECT_EQ(config.limits.upload_age_max, std::chrono::hours(24));
    ASSERT_TRUE(assign(setting_of("limits.header_bytes_max"), config, "64KiB").has_value());
    EXPECT_EQ(config.limits.header_bytes_max, 65536U);
    ASSERT_TRUE(assign(setting_of("log.access"), config, "false").has_value());
    EXPECT_FALSE(config.log.access);
}

TEST(Settings, RefusalsNameWhatIsAccepted) {
    EXPECT_EQ(refusal("limits.page_max", "many"), "expected a number from 1 to 100000, got 'many'");
    EXPECT_EQ(refusal("limits.page_max", "0"), "expected a number from 1 to 100000, got '0'");
    EXPECT_EQ(refusal("limits.tags_per_push_max", "0"),
              "expected a number from 1 to 10000, got '0'");
    EXPECT_EQ(refusal("limits.page_max", "4294967297"),
              "expected a number from 1 to 100000, got '4294967297'");
    EXPECT_EQ(refusal("limits.header_bytes_max", "1GiB"),
              "expected a size from 1KiB to 1MiB, got '1GiB'");
    EXPECT_EQ(refusal("limits.idle_timeout", "75"), "expected a duration from 1s to 1d, got '75'");
    EXPECT_EQ(refusal("anonymous", "yes"), "expected none, read or write, got 'yes'");
    EXPECT_EQ(refusal("log.format", "xml"), "expected text or json, got 'xml'");
    EXPECT_EQ(refusal("log.access", "on"), "expected true or false, got 'on'");
    EXPECT_EQ(refusal("data", ""), "expected a text that is not empty, got ''");
    EXPECT_EQ(refusal("tls.cert", ""), "");
}

std::string documentation_row(const Setting& setting) {
    const std::string standard = show(setting, Config());
    return "| `" + std::string(setting.key) + "` | `" + flag_of(setting) + "` | `" +
           variable_of(setting) + "` | " + (standard.empty() ? "" : "`" + standard + "`") + " | " +
           std::string(setting.help) + " | " + accepted(setting) + " |";
}

TEST(Settings, DocumentationHasEachSettingInOrder) {
    std::ifstream page(BERTH_CONFIGURATION_PAGE);
    ASSERT_TRUE(page.is_open()) << BERTH_CONFIGURATION_PAGE;
    std::vector<std::string> documented;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("| `") && line.find("` | `--") != std::string::npos) {
            documented.push_back(line);
        }
    }
    std::vector<std::string> expected;
    for (const Setting& setting : settings()) {
        expected.push_back(documentation_row(setting));
    }
    for (std::size_t i = 0; i < std::min(expected.size(), documented.size()); ++i) {
        EXPECT_EQ(documented[i], expected[i]);
    }
    EXPECT_EQ(documented.size(), expected.size());
}

/// The cells of a row of a table.
std::vector<std::string> cells_of(const std::string& row) {
    std::vector<std::string> cells;
    std::size_t from = row.find("| ");
    for (std::size_t to = row.find(" |", from); to != std::string::npos;
         to = row.find(" |", from)) {
        cells.push_back(row.substr(from + 2, to - from - 2));
        from = to + 1;
    }
    return cells;
}

TEST(Settings, EveryLimitIsOnThePageOfLimits) {
    std::ifstream page(BERTH_LIMITS_PAGE);
    ASSERT_TRUE(page.is_open()) << BERTH_LIMITS_PAGE;
    std::vector<std::string> documented;
    for (std::string line; std::getline(page, line);) {
        const std::vector<std::string> cells = cells_of(line);
        if (cells.size() == 4 && cells[0].starts_with("`limits.")) {
            documented.push_back(cells[0] + " " + cells[1]);
            EXPECT_FALSE(cells[2].empty()) << line;
        }
    }
    std::vector<std::string> expected;
    for (const Setting& setting : settings()) {
        if (setting.key.starts_with("limits.")) {
            expected.push_back("`" + std::string(setting.key) + "` `" + show(setting, Config()) +
                               "`");
        }
    }
    EXPECT_EQ(documented, expected);
}

}  // namespace
}  // namespace berth::app
