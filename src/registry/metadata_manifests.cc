// SPDX-License-Identifier: Apache-2.0
//
// MetadataService on manifests (acr-wire 9).
#include "base/try.h"
#include "registry/metadata_service.h"
#include "registry/visible.h"

namespace berth::registry {
namespace {

Result<meta::RepositoryId> home_of_manifest(db::Session& session,
                                            const oci::Repository& repository) {
    BERTH_TRY(const auto row, meta::find_repository(session, repository));
    if (!row) {
        return fail(Errc::manifest_unknown);
    }
    return row->id;
}

Result<ManifestDetails> details_of(db::Session& session, meta::RepositoryId repository,
                                   const oci::Digest& digest) {
    BERTH_TRY(auto row, meta::find_manifest_row(session, repository, digest));
    if (!row) {
        return fail(Errc::manifest_unknown);
    }
    ManifestDetails details(*std::move(row));
    BERTH_TRY(details.children, meta::list_children(session, repository, digest));
    return details;
}

}  // namespace

io::Task<Result<Page<ManifestRow>>> MetadataService::manifests(const oci::Repository& repository,
                                                               Order order,
                                                               const PageRequest& page) {
    auto work = [&](db::Session& session) -> Result<Page<ManifestRow>> {
        BERTH_TRY(const RepositoryRow home, find_visible(session, repository));
        return meta::list_manifest_rows(session, home.id, order, page);
    };
    co_return co_await database_.read(work);
}

io::Task<Result<ManifestDetails>> MetadataService::manifest(const oci::Repository& repository,
                                                            const oci::Digest& digest) {
    auto work = [&](db::Session& session) -> Result<ManifestDetails> {
        BERTH_TRY(const auto home, home_of_manifest(session, repository));
        return details_of(session, home, digest);
    };
    co_return co_await database_.read(work);
}

io::Task<Result<ManifestDetails>> MetadataService::change_manifest(
    const oci::Repository& repository, const oci::Digest& digest, const ManifestChange& change) {
    auto work = [&](db::Session& session) -> Result<ManifestDetails> {
        BERTH_TRY(const auto home, home_of_manifest(session, repository));
        BERTH_TRY_VOID(meta::change_manifest(session, home, digest, change));
        return details_of(session, home, digest);
    };
    co_return co_await database_.write(work);
}

}  // namespace berth::registry
