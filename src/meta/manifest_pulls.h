// SPDX-License-Identifier: Apache-2.0
//
// When manifests were pulled last, for retention. A manifest's removal takes its row along.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"

#include <cstdint>
#include <optional>

namespace berth::meta {

/// Remembers a pull at `pulled`, unless one not `apart` ticks earlier is remembered. Nothing when
/// the manifest is gone.
Result<void> note_manifest_pull(db::Session& session, std::int64_t manifest_id, Timestamp pulled,
                                std::int64_t apart);
/// nullopt: never, as far as is known.
Result<std::optional<Timestamp>> last_manifest_pull(db::Session& session, std::int64_t manifest_id);

}  // namespace berth::meta
