// SPDX-License-Identifier: Apache-2.0
#include "registry/listing_service.h"

#include "base/try.h"
#include "meta/repositories.h"
#include "meta/tags.h"
#include "registry/visible.h"

namespace berth::registry {
namespace {

Result<meta::Page<std::string>> tags_of(db::Session& session, const oci::Repository& repository,
                                        const meta::PageRequest& page) {
    BERTH_TRY(const meta::RepositoryRow row, find_visible(session, repository));
    return meta::list_tags(session, row.id, page);
}

}  // namespace

ListingService::ListingService(db::Database& database) : database_(database) {}

io::Task<Result<meta::Page<std::string>>> ListingService::repositories(
    const meta::PageRequest& page, const oci::NameRanges& among) {
    auto work = [&](db::Session& session) { return meta::list_repositories(session, page, among); };
    co_return co_await database_.read(work);
}

io::Task<Result<meta::Page<std::string>>> ListingService::tags(const oci::Repository& repository,
                                                               const meta::PageRequest& page) {
    auto work = [&](db::Session& session) { return tags_of(session, repository, page); };
    co_return co_await database_.read(work);
}

io::Task<Result<meta::Page<meta::ReferrerRow>>> ListingService::referrers(
    const oci::Repository& repository, const oci::Digest& subject, const std::string& artifact_type,
    const meta::PageRequest& page) {
    auto work = [&](db::Session& session) {
        return meta::list_referrers(session, repository, subject, artifact_type, page);
    };
    co_return co_await database_.read(work);
}

}  // namespace berth::registry
