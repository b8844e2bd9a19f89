// SPDX-License-Identifier: Apache-2.0
#include "registry/blob_service.h"

#include "base/try.h"
#include "meta/blobs.h"
#include "registry/locks.h"

#include <optional>

namespace berth::registry {
namespace {

io::Task<Result<meta::BlobRow>> find_linked(db::Database& database,
                                            const oci::Repository& repository,
                                            const oci::Digest& digest) {
    auto work = [&](db::Session& session) {
        return meta::find_linked_blob(session, repository, digest);
    };
    BERTH_CO_TRY(std::optional<meta::BlobRow> row, co_await database.read(work));
    if (!row) {
        co_return fail(Errc::blob_unknown);
    }
    if (!row->readable) {
        co_return fail(Errc::disallowed, "repository is locked for reading");
    }
    co_return *std::move(row);
}

}  // namespace

BlobService::BlobService(db::Database& database, blob::BlobStore& store)
    : database_(database), store_(store) {}

io::Task<Result<std::uint64_t>> BlobService::stat(const oci::Repository& repository,
                                                  const oci::Digest& digest) {
    BERTH_CO_TRY(const meta::BlobRow row, co_await find_linked(database_, repository, digest));
    co_return row.size;
}

io::Task<Result<blob::OpenBlob>> BlobService::open(const oci::Repository& repository,
                                                   const oci::Digest& digest) {
    BERTH_CO_TRY(meta::BlobRow row, co_await find_linked(database_, repository, digest));
    const blob::Location location(std::move(row.location));
    co_return co_await store_.open(location, row.size);
}

io::Task<Result<void>> BlobService::remove(const oci::Repository& repository,
                                           const oci::Digest& digest) {
    auto work = [&](db::Session& session) -> Result<bool> {
        BERTH_TRY(const auto home, meta::find_repository(session, repository));
        BERTH_TRY(const auto row, meta::find_linked_blob(session, repository, digest));
        if (!home || !row) {
            return false;
        }
        BERTH_TRY_VOID(check_blob_removable(session, *home, digest));
        return meta::unlink_blob(session, home->id, row->id);
    };
    BERTH_CO_TRY(const bool unlinked, co_await database_.write(work));
    if (!unlinked) {
        co_return fail(Errc::blob_unknown);
    }
    co_return Result<void>();
}

}  // namespace berth::registry
