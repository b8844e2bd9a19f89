// SPDX-License-Identifier: Apache-2.0
#include "registry/metadata_service.h"

#include "base/encode.h"
#include "base/try.h"
#include "io/resume.h"
#include "meta/removed_items.h"
#include "registry/locks.h"
#include "registry/visible.h"

#include <fmt/format.h>

#include <chrono>

namespace berth::registry {
namespace {

/// A detached repository rests this long, so that the request that detached it can still list it.
constexpr std::chrono::minutes kDetachedRest{1};
/// Rows removed in one transaction of tidying up: a few milliseconds of the writer's time.
constexpr std::uint32_t kTidyRowsMax = 100;
/// Names read at once for the answer to a deletion.
constexpr std::uint32_t kNamesPerRead = 1000;

Timestamp before(Timestamp at, std::chrono::seconds age) {
    return Timestamp{at.ticks - age.count() * kTicksPerSecond};
}

/// acr-wire 7.3: not the text of the other calls.
Error unknown_to_delete(const oci::Repository& name) {
    return Error(Errc::name_unknown)
        .with_wire_detail(fmt::format("{{\"name\":{}}}", json_quote(name.text())));
}

Result<meta::RepositoryId> detach(db::Session& session, const oci::Repository& name,
                                  const meta::Disposal& disposal) {
    BERTH_TRY(const auto row, meta::find_repository(session, name));
    if (!row || !row->visible()) {
        return fail(unknown_to_delete(name));
    }
    BERTH_TRY_VOID(check_repository_removable(session, *row));
    BERTH_TRY_VOID(meta::detach_repository(session, row->id, now(), disposal));
    return row->id;
}

/// Everything `list` has, a page at a time, between which others get their turn.
template <class List>
io::Task<Result<std::vector<std::string>>> read_all(db::Database& database, List& list) {
    std::vector<std::string> names;
    bool more = true;
    while (more) {
        const PageRequest request(kNamesPerRead, names.empty() ? std::string() : names.back());
        auto work = [&](db::Session& session) { return list(session, request); };
        BERTH_CO_TRY(Page<std::string> page, co_await database.read(work));
        more = page.more;
        names.insert(names.end(), std::make_move_iterator(page.items.begin()),
                     std::make_move_iterator(page.items.end()));
        co_await io::yield();
    }
    co_return names;
}

}  // namespace

MetadataService::MetadataService(db::Database& database, std::int64_t keep_ticks)
    : database_(database), keep_ticks_(keep_ticks) {}

io::Task<Result<RepositoryRow>> MetadataService::repository(const oci::Repository& name) {
    auto work = [&name](db::Session& session) { return find_visible(session, name); };
    co_return co_await database_.read(work);
}

io::Task<Result<RepositoryRow>> MetadataService::change_repository(const oci::Repository& name,
                                                                   const RepositoryChange& change) {
    auto work = [&](db::Session& session) -> Result<RepositoryRow> {
        BERTH_TRY(const RepositoryRow row, find_visible(session, name));
        BERTH_TRY_VOID(
            meta::change_repository(session, row.id, change.attributes, change.teleport_enabled));
        return find_visible(session, name);
    };
    co_return co_await database_.write(work);
}

io::Task<Result<RemovedRepository>> MetadataService::remove_repository(const oci::Repository& name,
                                                                       std::string_view by) {
    const meta::Disposal disposal{.keep_ticks = keep_ticks_, .by = by};
    auto work = [&](db::Session& session) { return detach(session, name, disposal); };
    BERTH_CO_TRY(const meta::RepositoryId id, co_await database_.write(work));
    auto manifests = [id](db::Session& session, const PageRequest& page) {
        return meta::list_all_manifests(session, id, page);
    };
    auto tags = [id](db::Session& session, const PageRequest& page) {
        return meta::list_all_tags(session, id, page);
    };
    RemovedRepository removed;
    BERTH_CO_TRY(removed.manifests, co_await read_all(database_, manifests));
    BERTH_CO_TRY(removed.tags, co_await read_all(database_, tags));
    co_return removed;
}

io::Task<Result<bool>> MetadataService::tidy_up() {
    const Timestamp at = now();
    auto find = [at](db::Session& session) {
        return meta::next_detached(session, before(at, kDetachedRest));
    };
    BERTH_CO_TRY(const auto detached, co_await database_.read(find));
    if (detached) {
        auto reap = [at](db::Session& session) {
            return meta::reap_next_detached(session, before(at, kDetachedRest), kTidyRowsMax);
        };
        BERTH_CO_TRY_VOID(co_await database_.write(reap));
        co_return true;
    }
    auto forget = [at](db::Session& session) {
        return meta::forget_removed_items(session, before(at, meta::kRemovedItemsKept),
                                          kTidyRowsMax);
    };
    BERTH_CO_TRY(const std::int64_t forgotten, co_await database_.write(forget));
    co_return forgotten == kTidyRowsMax;
}

}  // namespace berth::registry
