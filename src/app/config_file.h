// SPDX-License-Identifier: Apache-2.0
//
// Where a Config comes from: a TOML file, then the environment, then flags, each overriding the one
// before. Every mistake is reported with its place and, for a misspelt name, the nearest right one.
#pragma once

#include "app/config.h"
#include "app/settings.h"
#include "base/error.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace berth::app {

/// Name and value of each environment variable that starts with BERTH_.
using Environment = std::vector<std::pair<std::string, std::string>>;

struct FlagValue {
    FlagValue(const Setting& flag_setting, std::string flag_value)
        : setting(&flag_setting), value(std::move(flag_value)) {}

    const Setting* setting;
    std::string value;
};

struct ConfigSources {
    ConfigSources() = default;
    /// Value of --config; BERTH_CONFIG counts when absent.
    std::optional<std::string> file;
    Environment environment;
    std::vector<FlagValue> flags;
};

struct LoadedConfig {
    LoadedConfig();
    Config config;
    /// Parallel to settings(): `berth.toml:12`, `BERTH_LISTEN`, `--listen`; empty for a default.
    std::vector<std::string> origins;
};

Environment process_environment();

/// Errc::bad_request: log_detail holds one line per mistake, for the operator.
Result<LoadedConfig> load_config(const ConfigSources& sources);

/// Every setting as TOML that load_config() reads back, each non-default with its origin.
std::string format_config(const LoadedConfig& loaded);

}  // namespace berth::app
