// SPDX-License-Identifier: Apache-2.0
//
// remove_manifest: a manifest goes with its tags and, transitively, with its referrers. The first
// locked one ends it with an error, and the caller's transaction takes back what went before.
#include "base/try.h"
#include "meta/columns.h"
#include "meta/deleted.h"
#include "meta/manifests.h"
#include "meta/removed_items.h"

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace berth::meta {

namespace {

constexpr db::Sql kFind(
    "SELECT id, digest, delete_enabled + write_enabled FROM manifests"
    " WHERE repository_id = $1 AND digest = $2");
constexpr db::Sql kReferrers(
    "SELECT id, digest, delete_enabled + write_enabled FROM manifests WHERE repository_id = $1 "
    "AND subject = $2"
    " ORDER BY digest LIMIT $3");
constexpr db::Sql kLockedTag(
    "SELECT name FROM tags WHERE repository_id = $1 AND digest = $2"
    " AND delete_enabled + write_enabled < 2 LIMIT 1");
constexpr db::Sql kRemoveTags("DELETE FROM tags WHERE repository_id = $1 AND digest = $2");
constexpr db::Sql kRemoveReferences("DELETE FROM manifest_references WHERE manifest_id = $1");
constexpr db::Sql kRemovePull("DELETE FROM manifest_pulls WHERE manifest_id = $1");
constexpr db::Sql kRemoveUntagging("DELETE FROM manifest_untaggings WHERE manifest_id = $1");
constexpr db::Sql kRemove("DELETE FROM manifests WHERE id = $1");

// Referrers are fetched this many at a time, so memory stays bounded however many there are.
constexpr std::size_t kReferrersPerStep = 64;

struct Victim {
    Victim(std::int64_t row_id, const oci::Digest& name, bool is_locked)
        : id(row_id), digest(name), locked(is_locked) {}

    std::int64_t id;
    oci::Digest digest;
    bool locked;
};

Result<std::vector<Victim>> query_victims(db::Session& session, const db::Sql& sql,
                                          std::initializer_list<db::Value> parameters) {
    Result<std::vector<Victim>> found;
    BERTH_TRY_VOID(session.query(sql, parameters, [&found](const db::Row& row) {
        Result<oci::Digest> digest = digest_column(row, 1);
        if (!digest) {
            found = fail(std::move(digest).error());
            return false;
        }
        found->emplace_back(row.integer(0), *digest, row.integer(2) < 2);
        return true;
    }));
    return found;
}

class Removal {
  public:
    Removal(db::Session& session, RepositoryId repository, Timestamp now, const Disposal& disposal)
        : session_(session), repository_(repository), now_(now), disposal_(disposal) {}

    Result<void> run(const Victim& root) {
        BERTH_TRY_VOID(remove_one(root));
        std::vector<oci::Digest> subjects{root.digest};  // removed; may still have referrers
        while (!subjects.empty()) {
            BERTH_TRY(const std::vector<Victim> referrers, some_referrers(subjects.back()));
            if (referrers.size() < kReferrersPerStep) {
                subjects.pop_back();
            }
            for (const Victim& referrer : referrers) {
                BERTH_TRY_VOID(remove_one(referrer));
                subjects.push_back(referrer.digest);
            }
        }
        return {};
    }

    std::int64_t manifests() const { return manifests_; }

    std::int64_t tags() const { return tags_; }

  private:
    Result<void> remove_one(const Victim& victim) {
        BERTH_TRY_VOID(check_locks(victim));
        BERTH_TRY_VOID(keep_tags(session_, repository_, victim.digest, disposal_, now_));
        BERTH_TRY_VOID(keep_manifest(session_, victim.id, disposal_, now_));
        BERTH_TRY_VOID(note_removed_tags(session_, repository_, victim.digest, now_));
        BERTH_TRY(const std::int64_t tags,
                  session_.execute(kRemoveTags, {repository_, victim.digest.stored()}));
        BERTH_TRY_VOID(note_removed_manifest(session_, repository_, victim.digest, now_));
        BERTH_TRY_VOID(session_.execute(kRemoveReferences, {victim.id}));
        BERTH_TRY_VOID(session_.execute(kRemovePull, {victim.id}));
        BERTH_TRY_VOID(session_.execute(kRemoveUntagging, {victim.id}));
        BERTH_TRY(const std::int64_t removed, session_.execute(kRemove, {victim.id}));
        tags_ += tags;
        manifests_ += removed;
        return {};
    }

    Result<void> check_locks(const Victim& victim) {
        if (victim.locked) {
            return fail(Errc::disallowed, "manifest " + victim.digest.text() + " is locked");
        }
        std::string locked_tag;
        BERTH_TRY_VOID(session_.query(kLockedTag, {repository_, victim.digest.stored()},
                                      [&locked_tag](const db::Row& row) {
                                          locked_tag = row.text(0);
                                          return false;
                                      }));
        if (!locked_tag.empty()) {
            return fail(Errc::disallowed, "tag " + locked_tag + " is locked");
        }
        return {};
    }

    Result<std::vector<Victim>> some_referrers(const oci::Digest& subject) {
        const auto limit = static_cast<std::int64_t>(kReferrersPerStep);
        return query_victims(session_, kReferrers, {repository_, subject.stored(), limit});
    }

    db::Session& session_;
    RepositoryId repository_;
    Timestamp now_;
    const Disposal& disposal_;
    std::int64_t manifests_ = 0;
    std::int64_t tags_ = 0;
};

}  // namespace

Result<bool> remove_manifest(db::Session& session, RepositoryId repository,
                             const oci::Digest& digest, Timestamp now, const Disposal& disposal) {
    BERTH_TRY(const std::vector<Victim> root,
              query_victims(session, kFind, {repository, digest.stored()}));
    if (root.empty()) {
        return false;
    }
    Removal removal(session, repository, now, disposal);
    BERTH_TRY_VOID(removal.run(root.front()));
    BERTH_TRY_VOID(add_to_counts(session, repository, -removal.manifests(), -removal.tags(), now));
    return true;
}

}  // namespace berth::meta
