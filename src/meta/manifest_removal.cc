// SPDX-License-Identifier: Apache-2.0
//
// remove_manifest: a manifest goes with its tags and, transitively, with its referrers.
#include "base/try.h"
#include "meta/columns.h"
#include "meta/manifests.h"

#include <utility>
#include <vector>

namespace berth::meta {

namespace {

constexpr db::Sql kFindId("SELECT id FROM manifests WHERE repository_id = $1 AND digest = $2");
constexpr db::Sql kReferrers(
    "SELECT id, digest FROM manifests WHERE repository_id = $1 AND subject = $2"
    " ORDER BY digest LIMIT $3");
constexpr db::Sql kRemoveTags("DELETE FROM tags WHERE repository_id = $1 AND digest = $2");
constexpr db::Sql kRemoveReferences("DELETE FROM manifest_references WHERE manifest_id = $1");
constexpr db::Sql kRemove("DELETE FROM manifests WHERE id = $1");

// Referrers are fetched this many at a time, so memory stays bounded however many there are.
constexpr std::size_t kReferrersPerStep = 64;

struct Victim {
    Victim(std::int64_t row_id, const oci::Digest& name) : id(row_id), digest(name) {}

    std::int64_t id;
    oci::Digest digest;
};

class Removal {
  public:
    Removal(db::Session& session, RepositoryId repository)
        : session_(session), repository_(repository) {}

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
        BERTH_TRY(const std::int64_t tags,
                  session_.execute(kRemoveTags, {repository_, victim.digest.stored()}));
        BERTH_TRY_VOID(session_.execute(kRemoveReferences, {victim.id}));
        BERTH_TRY(const std::int64_t removed, session_.execute(kRemove, {victim.id}));
        tags_ += tags;
        manifests_ += removed;
        return {};
    }

    Result<std::vector<Victim>> some_referrers(const oci::Digest& subject) {
        Result<std::vector<Victim>> found;
        const auto limit = static_cast<std::int64_t>(kReferrersPerStep);
        BERTH_TRY_VOID(session_.query(kReferrers, {repository_, subject.stored(), limit},
                                      [&found](const db::Row& row) {
                                          Result<oci::Digest> digest = digest_column(row, 1);
                                          if (!digest) {
                                              found = fail(std::move(digest).error());
                                              return false;
                                          }
                                          found->emplace_back(row.integer(0), *digest);
                                          return true;
                                      }));
        return found;
    }

    db::Session& session_;
    RepositoryId repository_;
    std::int64_t manifests_ = 0;
    std::int64_t tags_ = 0;
};

}  // namespace

Result<bool> remove_manifest(db::Session& session, RepositoryId repository,
                             const oci::Digest& digest, Timestamp now) {
    std::int64_t id = 0;
    BERTH_TRY_VOID(session.query(kFindId, {repository, digest.stored()}, [&id](const db::Row& row) {
        id = row.integer(0);
        return false;
    }));
    if (id == 0) {
        return false;
    }
    Removal removal(session, repository);
    BERTH_TRY_VOID(removal.run(Victim(id, digest)));
    BERTH_TRY_VOID(add_to_counts(session, repository, -removal.manifests(), -removal.tags(), now));
    return true;
}

}  // namespace berth::meta
