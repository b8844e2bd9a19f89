// SPDX-License-Identifier: Apache-2.0
//
// MetadataService on tags (acr-wire 8).
#include "base/try.h"
#include "registry/locks.h"
#include "registry/metadata_service.h"
#include "registry/visible.h"

namespace berth::registry {
namespace {

/// A repository that is not there has no such tag either (acr-wire 3.2, TAG_UNKNOWN).
Result<RepositoryRow> home_of_tag(db::Session& session, const oci::Repository& repository) {
    BERTH_TRY(const auto row, meta::find_repository(session, repository));
    if (!row) {
        return fail(Errc::tag_unknown);
    }
    return *row;
}

Result<TagRow> find(db::Session& session, meta::RepositoryId repository, const oci::Tag& tag) {
    BERTH_TRY(auto row, meta::find_tag(session, repository, tag));
    if (!row) {
        return fail(Errc::tag_unknown);
    }
    return *std::move(row);
}

Result<oci::Digest> remove(db::Session& session, const oci::Repository& repository,
                           const oci::Tag& tag, const meta::Disposal& disposal) {
    BERTH_TRY(const RepositoryRow home, home_of_tag(session, repository));
    BERTH_TRY(const TagRow row, find(session, home.id, tag));
    BERTH_TRY_VOID(check_tag_removable(home, row));
    BERTH_TRY_VOID(meta::remove_tag(session, home.id, tag, now(), disposal));
    return row.digest;
}

}  // namespace

io::Task<Result<Page<TagRow>>> MetadataService::tags(const oci::Repository& repository, Order order,
                                                     const std::optional<oci::Digest>& digest,
                                                     const PageRequest& page) {
    auto work = [&](db::Session& session) -> Result<Page<TagRow>> {
        BERTH_TRY(const RepositoryRow home, find_visible(session, repository));
        return meta::list_tag_rows(session, home.id, order, digest, page);
    };
    co_return co_await database_.read(work);
}

io::Task<Result<TagRow>> MetadataService::tag(const oci::Repository& repository,
                                              const oci::Tag& tag) {
    auto work = [&](db::Session& session) -> Result<TagRow> {
        BERTH_TRY(const RepositoryRow home, home_of_tag(session, repository));
        return find(session, home.id, tag);
    };
    co_return co_await database_.read(work);
}

io::Task<Result<TagRow>> MetadataService::change_tag(const oci::Repository& repository,
                                                     const oci::Tag& tag,
                                                     const AttributesChange& change) {
    auto work = [&](db::Session& session) -> Result<TagRow> {
        BERTH_TRY(const RepositoryRow home, home_of_tag(session, repository));
        BERTH_TRY_VOID(meta::change_tag(session, home.id, tag, change));
        return find(session, home.id, tag);
    };
    co_return co_await database_.write(work);
}

io::Task<Result<oci::Digest>> MetadataService::remove_tag(const oci::Repository& repository,
                                                          const oci::Tag& tag,
                                                          std::string_view by) {
    const meta::Disposal disposal{.keep_ticks = keep_ticks_, .by = by};
    auto work = [&](db::Session& session) { return remove(session, repository, tag, disposal); };
    co_return co_await database_.write(work);
}

}  // namespace berth::registry
