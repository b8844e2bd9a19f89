// SPDX-License-Identifier: Apache-2.0
//
// When manifests last lost a tag, for retention. A manifest's removal takes its row along.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "meta/repositories.h"
#include "oci/digest.h"

#include <string_view>

namespace berth::meta {

/// To be called right before `tag` moves to `target`: nothing when it is there, or new.
Result<void> note_tag_moves(db::Session& session, RepositoryId repository, std::string_view tag,
                            const oci::Digest& target, Timestamp now);
/// To be called right before `tag` goes.
Result<void> note_tag_goes(db::Session& session, RepositoryId repository, std::string_view tag,
                           Timestamp now);

}  // namespace berth::meta
