// SPDX-License-Identifier: Apache-2.0
#include "registry/blob_service.h"

#include "base/try.h"
#include "meta/blobs.h"
#include "registry/intact.h"
#include "registry/locks.h"

#include <optional>
#include <string>
#include <string_view>

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

/// About what a kept row takes beside its key and bytes.
constexpr std::size_t kKeptOverhead = 384;

}  // namespace

/// A linked blob's row, and its bytes if the catalog has them.
struct BlobService::Linked {
    meta::BlobRow row;
    std::string bytes;
};

BlobService::BlobService(db::Database& database, blob::BlobStore& store,
                         std::uint64_t cache_bytes_max, std::chrono::milliseconds touch_after)
    : database_(database),
      store_(store),
      touch_after_ticks_(touch_after.count() * (kTicksPerSecond / 1000)),
      recent_(cache_bytes_max) {}

BlobService::~BlobService() = default;

io::Task<Result<BlobService::LinkedPointer>> BlobService::find(const oci::Repository& repository,
                                                               const oci::Digest& digest) {
    const std::optional<db::ChangeMark> mark = database_.change_mark();
    std::string key = answer_key(repository.text(), '@', as_text(digest.stored()));
    if (mark) {
        if (LinkedPointer known = recent_.find(key, *mark)) {
            co_return known;
        }
    }
    auto work = [&](db::Session& session) -> Result<Linked> {
        Linked found;
        BERTH_TRY(found.row, find_linked(session, repository, digest));
        if (found.row.in_catalog()) {
            BERTH_TRY(found.bytes, intact_blob_bytes(session, found.row, digest));
        }
        return found;
    };
    BERTH_CO_TRY(Linked found, co_await database_.read(work));
    auto linked = std::make_shared<const Linked>(std::move(found));
    if (mark) {
        const std::size_t bytes = key.size() + linked->bytes.size() + kKeptOverhead;
        recent_.keep(std::move(key), linked, bytes, *mark);
    }
    co_return linked;
}

io::Task<Result<std::uint64_t>> BlobService::stat(const oci::Repository& repository,
                                                  const oci::Digest& digest) {
    BERTH_CO_TRY(LinkedPointer found, co_await find(repository, digest));
    const Timestamp at = now();
    if (touch_after_ticks_ > 0 && at.ticks - found->row.touched.ticks >= touch_after_ticks_) {
        const bool still_there = co_await touch(repository, found->row.id, at);
        if (!still_there) {
            BERTH_CO_TRY(found, co_await find(repository, digest));
        }
    }
    co_return found->row.size;
}

// Who hears that a blob is here will not send it. Relaxed: after a power cut the push is told what
// is missing. A touch that cannot be written down is no reason to call the blob missing, and who
// cannot write cannot collect either.
io::Task<bool> BlobService::touch(const oci::Repository& repository, std::int64_t blob_id,
                                  Timestamp at) {
    auto work = [&](db::Session& session) {
        return meta::touch_link(session, repository, blob_id, at);
    };
    const Result<bool> touched = co_await database_.write(work, db::Durability::relaxed);
    co_return !touched || *touched;
}

io::Task<Result<BlobContent>> BlobService::open(const oci::Repository& repository,
                                                const oci::Digest& digest) {
    BERTH_CO_TRY(LinkedPointer found, co_await find(repository, digest));
    while (!found->row.in_catalog()) {
        const blob::Location location(found->row.location);
        auto opened = co_await store_.open(location, found->row.size);
        if (opened) {
            co_return BlobContent(*std::move(opened));
        }
        if (opened.error().code != Errc::corrupt) {
            co_return std::unexpected(std::move(opened).error());
        }
        // It may have been collected since the row was read: then the catalog says so by now.
        BERTH_CO_TRY(found, co_await find(repository, digest));
        if (found->row.location == location.text) {
            co_return std::unexpected(std::move(opened).error());
        }
    }
    co_return BlobContent(found->bytes);
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
