// SPDX-License-Identifier: Apache-2.0
#include "meta/manifest_untaggings.h"

#include "base/try.h"

namespace berth::meta {

namespace {

// $4 is a digest that does not lose the tag. The outer loop is over the tag.
constexpr db::Sql kNote(
    "INSERT INTO manifest_untaggings (manifest_id, untagged_at)"
    " SELECT manifests.id, $3 FROM tags CROSS JOIN manifests"
    " WHERE tags.repository_id = $1 AND tags.name = $2 AND tags.digest <> $4"
    " AND manifests.repository_id = tags.repository_id AND manifests.digest = tags.digest"
    " ON CONFLICT (manifest_id) DO UPDATE SET untagged_at = excluded.untagged_at");

}  // namespace

Result<void> note_tag_moves(db::Session& session, RepositoryId repository, std::string_view tag,
                            const oci::Digest& target, Timestamp now) {
    BERTH_TRY_VOID(session.execute(kNote, {repository, tag, now.ticks, target.stored()}));
    return {};
}

Result<void> note_tag_goes(db::Session& session, RepositoryId repository, std::string_view tag,
                           Timestamp now) {
    BERTH_TRY_VOID(session.execute(kNote, {repository, tag, now.ticks, ByteView()}));
    return {};
}

}  // namespace berth::meta
