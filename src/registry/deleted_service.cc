// SPDX-License-Identifier: Apache-2.0
#include "registry/deleted_service.h"

#include "base/try.h"
#include "io/resume.h"
#include "registry/visible.h"

#include <utility>

namespace berth::registry {
namespace {

/// Rows removed in one transaction: a few milliseconds of the writer's time.
constexpr std::uint32_t kPurgeRowsMax = 100;
/// Rows counted at once.
constexpr std::uint32_t kCountRowsMax = 5000;

/// A repository with something in the bin need not be there any more.
Result<void> check_known(db::Session& session, const oci::Repository& repository) {
    BERTH_TRY(const bool has, meta::has_deleted_items(session, repository));
    if (has) {
        return {};
    }
    BERTH_TRY_VOID(find_visible(session, repository));
    return {};
}

template <class Count>
io::Task<Result<std::uint64_t>> count_all(db::Database& database, Count& count) {
    std::uint64_t total = 0;
    std::int64_t after = 0;
    bool more = true;
    while (more) {
        auto work = [&](db::Session& session) { return count(session, after, kCountRowsMax); };
        BERTH_CO_TRY(const meta::BinCount step, co_await database.read(work));
        total += static_cast<std::uint64_t>(step.rows);
        after = step.last_id;
        more = step.rows == kCountRowsMax;
        co_await io::yield();
    }
    co_return total;
}

}  // namespace

io::Task<Result<Page<std::string>>> DeletedService::repositories(const PageRequest& page,
                                                                 const oci::NameRanges& among) {
    auto work = [&](db::Session& session) {
        return meta::list_deleted_repositories(session, page, among);
    };
    co_return co_await database_.read(work);
}

io::Task<Result<Page<DeletedManifestRow>>> DeletedService::manifests(
    const oci::Repository& repository, const PageRequest& page) {
    auto work = [&](db::Session& session) -> Result<Page<DeletedManifestRow>> {
        BERTH_TRY_VOID(check_known(session, repository));
        return meta::list_deleted_manifests(session, repository, page);
    };
    co_return co_await database_.read(work);
}

io::Task<Result<Page<DeletedTagRow>>> DeletedService::tags(const oci::Repository& repository,
                                                           const PageRequest& page) {
    auto work = [&](db::Session& session) -> Result<Page<DeletedTagRow>> {
        BERTH_TRY_VOID(check_known(session, repository));
        return meta::list_deleted_tags(session, repository, page);
    };
    co_return co_await database_.read(work);
}

io::Task<Result<Restored>> DeletedService::restore(RestoreRequest request, std::string by) {
    request.sparse = sparse_;
    const meta::Disposal disposal{.keep_ticks = keep_ticks_, .by = by};
    auto work = [&](db::Session& session) { return registry::restore(session, request, disposal); };
    co_return co_await database_.write(work);
}

io::Task<Result<bool>> DeletedService::purge() {
    const Timestamp at = now();
    auto look = [at](db::Session& session) { return meta::is_purge_due(session, at); };
    BERTH_CO_TRY(const bool due, co_await database_.read(look));
    last_purge_ = at.ticks / kTicksPerSecond;
    if (!due) {
        co_return false;
    }
    auto work = [at](db::Session& session) {
        return meta::purge_deleted(session, at, kPurgeRowsMax);
    };
    BERTH_CO_TRY(const meta::Purged purged, co_await database_.write(work));
    manifests_purged_ += static_cast<std::uint64_t>(purged.manifests);
    tags_purged_ += static_cast<std::uint64_t>(purged.tags);
    co_return purged.more;
}

io::Task<Result<void>> DeletedService::count() {
    BERTH_CO_TRY(const std::uint64_t manifests,
                 co_await count_all(database_, meta::count_deleted_manifests));
    BERTH_CO_TRY(const std::uint64_t tags, co_await count_all(database_, meta::count_deleted_tags));
    manifests_ = manifests;
    tags_ = tags;
    co_return Result<void>();
}

DeletedStatistics DeletedService::statistics() const {
    DeletedStatistics statistics;
    statistics.manifests = manifests_;
    statistics.tags = tags_;
    statistics.manifests_purged = manifests_purged_;
    statistics.tags_purged = tags_purged_;
    statistics.last_purge = last_purge_;
    return statistics;
}

}  // namespace berth::registry
