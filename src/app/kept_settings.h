// SPDX-License-Identifier: Apache-2.0
//
// The settings by which deletions of commands agree with those of the server on the same data,
// which may have been given them as flags: a server writes them down at its start, and a command
// that deletes takes what the last one had. Blocks.
#pragma once

#include "app/config.h"
#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"

#include <cstdint>

namespace berth::app {

struct KeptSettings {
    std::uint32_t soft_delete_days = 0;
    std::int64_t grace_seconds = 0;  // gc.grace

    friend bool operator==(const KeptSettings&, const KeptSettings&) = default;
};

KeptSettings kept_settings_of(const Config& config);
/// Inside a write transaction.
Result<void> record_kept_settings(db::Session& session, const KeptSettings& settings,
                                  Timestamp now);
/// What the last server had; `own` when none has run.
Result<KeptSettings> find_kept_settings(db::Session& session, const KeptSettings& own);

}  // namespace berth::app
