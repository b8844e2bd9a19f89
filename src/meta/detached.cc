// SPDX-License-Identifier: Apache-2.0
//
// Detached repositories: taking the name away, and reaping what is left in small steps. Every step
// walks an index of the repository's own rows and ends at its limit.
#include "base/try.h"
#include "meta/deleted.h"
#include "meta/repositories.h"

#include <optional>
#include <vector>

namespace berth::meta {

namespace {

// No repository's name has a '#' (oci/names.h).
constexpr db::Sql kDetach(
    "UPDATE repositories SET name = '#' || id, manifest_count = 0, tag_count = 0,"
    " detached_at = $2 WHERE id = $1 AND detached_at IS NULL");
constexpr db::Sql kNext(
    "SELECT id FROM repositories WHERE detached_at IS NOT NULL AND detached_at < $1"
    " ORDER BY detached_at, id LIMIT 1");
constexpr db::Sql kReapTags(
    "DELETE FROM tags WHERE repository_id = $1 AND name IN"
    " (SELECT name FROM tags WHERE repository_id = $1 ORDER BY name LIMIT $2)");
constexpr db::Sql kManifests(
    "SELECT id, size FROM manifests WHERE repository_id = $1 ORDER BY digest LIMIT $2");
constexpr db::Sql kReapReferences(
    "DELETE FROM manifest_references WHERE manifest_id = $1 AND position IN"
    " (SELECT position FROM manifest_references WHERE manifest_id = $1 ORDER BY position LIMIT "
    "$2)");
constexpr db::Sql kReapPull("DELETE FROM manifest_pulls WHERE manifest_id = $1");
constexpr db::Sql kReapUntagging("DELETE FROM manifest_untaggings WHERE manifest_id = $1");
constexpr db::Sql kReapManifest("DELETE FROM manifests WHERE id = $1");
constexpr db::Sql kReapLinks(
    "DELETE FROM blob_links WHERE repository_id = $1 AND blob_id IN"
    " (SELECT blob_id FROM blob_links WHERE repository_id = $1 ORDER BY blob_id LIMIT $2)");
constexpr db::Sql kReapRemovedTags(
    "DELETE FROM removed_items WHERE repository_id = $1 AND kind = 1 AND name IN"
    " (SELECT name FROM removed_items WHERE repository_id = $1 AND kind = 1"
    " ORDER BY name LIMIT $2)");
constexpr db::Sql kReapRemovedManifests(
    "DELETE FROM removed_items WHERE repository_id = $1 AND kind = 2 AND name IN"
    " (SELECT name FROM removed_items WHERE repository_id = $1 AND kind = 2"
    " ORDER BY name LIMIT $2)");
constexpr db::Sql kReapRepository("DELETE FROM repositories WHERE id = $1");

// The bytes of a manifest are freed page by page.
constexpr std::int64_t kBytesPerRow = 4096;

struct Remains {
    Remains(std::int64_t row_id, std::int64_t bytes) : id(row_id), size(bytes) {}

    std::int64_t id;
    std::int64_t size;
};

class Reaper {
  public:
    Reaper(db::Session& session, RepositoryId repository, std::int64_t limit)
        : session_(session), repository_(repository), left_(limit) {}

    Result<bool> run() {
        BERTH_TRY_VOID(reap(kReapTags, repository_));
        BERTH_TRY_VOID(reap_manifests());
        BERTH_TRY_VOID(reap(kReapLinks, repository_));
        BERTH_TRY_VOID(reap(kReapRemovedTags, repository_));
        BERTH_TRY_VOID(reap(kReapRemovedManifests, repository_));
        if (left_ <= 0) {
            return false;
        }
        BERTH_TRY_VOID(session_.execute(kReapRepository, {repository_}));
        left_ -= 1;
        return true;
    }

    // What the limit still allows; nothing or less before the repository is gone.
    std::int64_t left() const { return left_; }

  private:
    // What `sql` finds of `owner`, as far as the limit goes.
    Result<void> reap(const db::Sql& sql, std::int64_t owner) {
        if (left_ <= 0) {
            return {};
        }
        BERTH_TRY(const std::int64_t reaped, session_.execute(sql, {owner, left_}));
        left_ -= reaped;
        return {};
    }

    Result<void> reap_manifests() {
        if (left_ <= 0) {
            return {};
        }
        std::vector<Remains> manifests;
        BERTH_TRY_VOID(
            session_.query(kManifests, {repository_, left_}, [&manifests](const db::Row& row) {
                manifests.emplace_back(row.integer(0), row.integer(1));
                return true;
            }));
        for (const Remains& manifest : manifests) {
            BERTH_TRY_VOID(reap(kReapReferences, manifest.id));
            if (left_ <= 0) {
                return {};
            }
            BERTH_TRY_VOID(session_.execute(kReapPull, {manifest.id}));
            BERTH_TRY_VOID(session_.execute(kReapUntagging, {manifest.id}));
            BERTH_TRY_VOID(session_.execute(kReapManifest, {manifest.id}));
            left_ -= 1 + manifest.size / kBytesPerRow;
        }
        return {};
    }

    db::Session& session_;
    RepositoryId repository_;
    std::int64_t left_;
};

}  // namespace

Result<void> detach_repository(db::Session& session, RepositoryId id, Timestamp now,
                               const Disposal& disposal) {
    BERTH_TRY_VOID(keep_repository(session, id, disposal, now));
    BERTH_TRY(const std::int64_t changed, session.execute(kDetach, {id, now.ticks}));
    if (changed != 1) {
        return fail(Errc::internal, "detaching a repository that has no row or no name");
    }
    return {};
}

Result<std::optional<RepositoryId>> next_detached(db::Session& session, Timestamp before) {
    std::optional<RepositoryId> next;
    BERTH_TRY_VOID(session.query(kNext, {before.ticks}, [&next](const db::Row& row) {
        next = row.integer(0);
        return false;
    }));
    return next;
}

Result<bool> reap_next_detached(db::Session& session, Timestamp before, std::uint32_t limit) {
    std::int64_t left = limit;
    while (left > 0) {
        BERTH_TRY(const std::optional<RepositoryId> next, next_detached(session, before));
        if (!next) {
            return false;
        }
        Reaper reaper(session, *next, left);
        BERTH_TRY_VOID(reaper.run());
        left = reaper.left();
    }
    return true;
}

}  // namespace berth::meta
