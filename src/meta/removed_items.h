// SPDX-License-Identifier: Apache-2.0
//
// Where tags and manifests that were removed lately stood in the time orders, so that a list can go
// on behind them (paging.h). An item that came back has both a row of its own and one here; its own
// counts.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "meta/repositories.h"
#include "oci/digest.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace berth::meta {

inline constexpr std::chrono::hours kRemovedItemsKept{1};

enum class ItemKind : std::uint8_t { tag = 1, manifest = 2 };

/// The update time that the item had when it was removed. A manifest's name is its digest's text.
Result<std::optional<Timestamp>> find_removed_item(db::Session& session, RepositoryId repository,
                                                   ItemKind kind, std::string_view name);

/// To be called right before the rows go; each answers how many rows it noted.
Result<std::int64_t> note_removed_tag(db::Session& session, RepositoryId repository,
                                      std::string_view tag, Timestamp now);
/// All tags on `digest`.
Result<std::int64_t> note_removed_tags(db::Session& session, RepositoryId repository,
                                       const oci::Digest& digest, Timestamp now);
Result<std::int64_t> note_removed_manifest(db::Session& session, RepositoryId repository,
                                           const oci::Digest& digest, Timestamp now);

/// Forgets up to `limit` items removed before `before`; answers how many.
Result<std::int64_t> forget_removed_items(db::Session& session, Timestamp before,
                                          std::uint32_t limit);

}  // namespace berth::meta
