// SPDX-License-Identifier: Apache-2.0
#include "registry/blob_service.h"

#include "base/try.h"
#include "meta/blobs.h"
#include "registry/locks.h"

#include <optional>

namespace berth::registry {
namespace {

Result<meta::BlobRow> find_linked(db::Session& session, const oci::Repository& repository,
                                  const oci::Digest& digest) {
    BERTH_TRY(std::optional<meta::BlobRow> row,
              meta::find_linked_blob(session, repository, digest));
    if (!row) {
        return fail(Errc::blob_unknown);
    }
    if (!row->readable) {
        return fail(Errc::disallowed, "repository is locked for reading");
    }
    return *std::move(row);
}

/// A linked blob's row, and its bytes if the catalog has them.
struct Linked {
    meta::BlobRow row;
    std::string bytes;
};

}  // namespace

BlobService::BlobService(db::Database& database, blob::BlobStore& store)
    : database_(database), store_(store) {}

io::Task<Result<std::uint64_t>> BlobService::stat(const oci::Repository& repository,
                                                  const oci::Digest& digest) {
    auto work = [&](db::Session& session) { return find_linked(session, repository, digest); };
    BERTH_CO_TRY(const meta::BlobRow row, co_await database_.read(work));
    co_return row.size;
}

io::Task<Result<BlobContent>> BlobService::open(const oci::Repository& repository,
                                                const oci::Digest& digest) {
    auto work = [&](db::Session& session) -> Result<Linked> {
        Linked found;
        BERTH_TRY(found.row, find_linked(session, repository, digest));
        if (found.row.in_catalog()) {
            BERTH_TRY(found.bytes, meta::blob_bytes(session, found.row));
        }
        return found;
    };
    BERTH_CO_TRY(Linked found, co_await database_.read(work));
    if (found.row.in_catalog()) {
        co_return BlobContent(std::move(found.bytes));
    }
    const blob::Location location(std::move(found.row.location));
    BERTH_CO_TRY(blob::OpenBlob opened, co_await store_.open(location, found.row.size));
    co_return BlobContent(std::move(opened));
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
