// SPDX-License-Identifier: Apache-2.0
//
// The one table of settings. TOML keys, flags, environment variables, `berth config`, --help and
// docs/configuration.md (by its test) all come from it: a new setting is a member of Config and a
// row here.
#pragma once

#include "app/config.h"
#include "base/error.h"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace berth::app {

enum class SettingKind : std::uint8_t { text, boolean, count, size, duration, choice };

/// Where a setting lives in a Config; the type decides how it is read and written.
using SettingMember =
    std::variant<std::string*, bool*, std::uint32_t*, std::uint64_t*, std::chrono::seconds*,
                 auth::AnonymousAccess*, io::ClientCertificates*, telemetry::LogFormat*,
                 telemetry::Level*>;

struct Setting {
    /// TOML key with its section: `limits.page_max`.
    std::string_view key;
    SettingKind kind;
    std::string_view help;
    SettingMember (*member)(Config& config);
    /// Bounds: of the number, of bytes, of seconds, of the text's length.
    std::uint64_t least = 0;
    std::uint64_t most = 0;
};

/// Grouped by section, those without one first.
std::span<const Setting> settings();
/// nullptr for an unknown key.
const Setting* find_setting(std::string_view key);

/// `limits.page_max` -> `--limits-page-max`, `BERTH_LIMITS_PAGE_MAX`.
std::string flag_of(const Setting& setting);
std::string variable_of(const Setting& setting);
/// Section of the key, empty when it has none, and the rest.
std::string_view section_of(const Setting& setting);
std::string_view name_of(const Setting& setting);

/// What the setting takes, for error texts and help: `a size from 1KiB to 1MiB`, `none, read or
/// write`.
std::string accepted(const Setting& setting);

/// Parses `text` into `config`. Errc::bad_request; log_detail says what was expected.
Result<void> assign(const Setting& setting, Config& config, std::string_view text);
/// The value as `assign` takes it: `4MiB`, `75s`, `true`, `read`.
std::string show(const Setting& setting, const Config& config);

}  // namespace berth::app
