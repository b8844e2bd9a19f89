// SPDX-License-Identifier: Apache-2.0
#include "app/kept_settings.h"

#include "app/value_text.h"
#include "base/try.h"
#include "meta/upkeep.h"

#include <optional>
#include <string>

namespace berth::app {
namespace {

constexpr std::string_view kName = "kept_settings";

/// `7 86400`.
std::string print(const KeptSettings& settings) {
    std::string text = std::to_string(settings.soft_delete_days);
    return text.append(" ").append(std::to_string(settings.grace_seconds));
}

std::optional<KeptSettings> parse(std::string_view text) {
    const std::size_t blank = text.find(' ');
    if (blank == std::string_view::npos) {
        return std::nullopt;
    }
    const auto days = parse_count(text.substr(0, blank));
    const auto grace = parse_count(text.substr(blank + 1));
    if (!days || !grace) {
        return std::nullopt;
    }
    KeptSettings settings;
    settings.soft_delete_days = static_cast<std::uint32_t>(*days);
    settings.grace_seconds = static_cast<std::int64_t>(*grace);
    return settings;
}

}  // namespace

KeptSettings kept_settings_of(const Config& config) {
    KeptSettings settings;
    settings.soft_delete_days = config.soft_delete.days;
    settings.grace_seconds = config.gc.grace.count();
    return settings;
}

Result<void> record_kept_settings(db::Session& session, const KeptSettings& settings,
                                  Timestamp now) {
    return meta::set_upkeep(session, kName, print(settings), now);
}

Result<KeptSettings> find_kept_settings(db::Session& session, const KeptSettings& own) {
    BERTH_TRY(const auto row, meta::find_upkeep(session, kName));
    if (!row) {
        return own;
    }
    const std::optional<KeptSettings> known = parse(row->value);
    if (!known) {
        return fail(Errc::corrupt, "the catalog holds settings that are none");
    }
    return *known;
}

}  // namespace berth::app
