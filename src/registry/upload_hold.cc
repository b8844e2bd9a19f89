// SPDX-License-Identifier: Apache-2.0
#include "registry/upload_hold.h"

#include "base/try.h"
#include "meta/repositories.h"
#include "meta/uploads.h"
#include "registry/locks.h"

namespace berth::registry {
namespace {

/// Open files kept for sessions nobody is using at the moment; one that was closed costs a re-read.
constexpr std::size_t kIdleUploadsMax = 256;

/// Whether a failed write certainly left no trace in the database. After any other failure the
/// transaction may yet be found committed by the next process.
bool certainly_rolled_back(Errc code) {
    return code == Errc::disk_full || code == Errc::read_only || code == Errc::unavailable ||
           code == Errc::conflict || code == Errc::disallowed;
}

}  // namespace

UploadContext::UploadContext(db::Database& catalog, blob::BlobStore& blob_store,
                             const Limits& service_limits)
    : database(catalog), store(blob_store), limits(service_limits), sessions(kIdleUploadsMax) {}

SessionHold::SessionHold(std::shared_ptr<UploadContext> context, UploadKey key, LiveSession session)
    : context_(std::move(context)), key_(std::move(key)), session_(std::move(session)) {}

SessionHold::~SessionHold() {
    if (over_ || session_.upload == nullptr) {
        context_->sessions.forget(key_.id);
    } else {
        context_->sessions.give_back(key_.id, std::move(session_));
    }
}

std::uint64_t SessionHold::offset() const {
    return session_.upload == nullptr ? 0 : session_.upload->offset();
}

io::Task<Result<void>> SessionHold::append(ByteView bytes) {
    BERTH_CO_TRY_VOID(check_live());
    if (offset() + bytes.size() > context_->limits.blob_bytes_max) {
        co_return fail(Errc::payload_too_large, "blob_bytes_max");
    }
    Result<void> appended = co_await session_.upload->append(bytes);
    co_await drop_if_lost();
    co_return appended;
}

io::Task<Result<void>> SessionHold::sync() {
    BERTH_CO_TRY_VOID(check_live());
    Result<void> synced = co_await session_.upload->sync();
    co_await drop_if_lost();
    if (synced) {
        co_await touch_when_due();
    }
    co_return synced;
}

io::Task<Result<void>> SessionHold::commit(const oci::Digest& digest) {
    BERTH_CO_TRY_VOID(check_live());
    BERTH_CO_TRY_VOID(co_await session_.upload->verify(digest));
    BERTH_CO_TRY(const std::optional<StoredCopy> stored, co_await find_stored(digest));
    if (stored && stored->intact) {
        BERTH_CO_TRY(const bool linked, co_await link_stored(digest, stored->row));
        if (linked) {
            over_ = true;
            // A failure leaves a file without a row, which nothing will ever look at.
            static_cast<void>(co_await session_.upload->discard());
            co_return Result<void>();
        }
    }
    const std::string damaged = stored && !stored->intact ? stored->row.location : std::string();
    Result<void> recorded = co_await store_and_link(digest, damaged);
    co_await drop_if_lost();
    co_return recorded;
}

io::Task<Result<void>> SessionHold::cancel() {
    BERTH_CO_TRY_VOID(check_live());
    BERTH_CO_TRY_VOID(co_await session_.upload->discard());
    co_return co_await remove_row();
}

io::Task<Result<void>> SessionHold::remove_row() {
    over_ = true;
    auto work = [this](db::Session& session) { return meta::remove_upload(session, key_.id); };
    BERTH_CO_TRY_VOID(co_await context_->database.write(work));
    co_return Result<void>();
}

io::Task<void> SessionHold::touch_when_due() {
    const Timestamp at = now();
    const std::int64_t pause = context_->limits.upload_age_max.count() * kTicksPerSecond / 8;
    if (at.ticks - session_.touched.ticks < pause) {
        co_return;
    }
    session_.touched = at;
    auto work = [this, at](db::Session& session) {
        return meta::touch_upload(session, key_.id, at);
    };
    // A clock that did not move is no reason to refuse bytes.
    static_cast<void>(co_await context_->database.write(work));
}

Result<void> SessionHold::check_live() const {
    if (over_ || session_.upload == nullptr) {
        return fail(Errc::upload_unknown, "session is over");
    }
    return {};
}

io::Task<void> SessionHold::drop_if_lost() {
    if (over_ || !session_.upload->is_lost()) {
        co_return;
    }
    static_cast<void>(co_await session_.upload->discard());
    static_cast<void>(co_await remove_row());
}

io::Task<Result<std::optional<SessionHold::StoredCopy>>> SessionHold::find_stored(
    const oci::Digest& digest) {
    // The transaction that links asks again; asking here spares the bytes a pointless way.
    auto work = [&](db::Session& session) -> Result<std::optional<meta::BlobRow>> {
        BERTH_TRY_VOID(check_writable(session, key_.repository));
        return meta::find_blob(session, digest);
    };
    BERTH_CO_TRY(std::optional<meta::BlobRow> row, co_await context_->database.read(work));
    if (!row) {
        co_return std::nullopt;
    }
    const blob::Location location(row->location);
    const auto opened = co_await context_->store.open(location, session_.upload->offset());
    if (!opened && opened.error().code != Errc::corrupt) {
        co_return std::unexpected(opened.error());
    }
    co_return StoredCopy(*std::move(row), opened.has_value());
}

io::Task<Result<bool>> SessionHold::link_stored(const oci::Digest& digest,
                                                const meta::BlobRow& stored) {
    const Timestamp at = now();
    auto work = [&](db::Session& session) -> Result<bool> {
        BERTH_TRY(const auto row, meta::find_blob(session, digest));
        if (!row || row->location != stored.location) {
            return false;  // it moved or went since it was looked at
        }
        BERTH_TRY(const auto repository, ensure_writable(session, key_.repository, at));
        BERTH_TRY_VOID(meta::link_blob(session, repository, row->id, at));
        BERTH_TRY_VOID(meta::remove_upload(session, key_.id));
        return true;
    };
    co_return co_await context_->database.write(work);
}

io::Task<Result<void>> SessionHold::store_and_link(const oci::Digest& digest,
                                                   const std::string& damaged) {
    BERTH_CO_TRY(const blob::Location location, co_await session_.upload->commit(digest));
    const auto row = co_await record(digest, location.text, damaged);
    if (!row) {
        co_await take_back(row.error().code);
        co_return std::unexpected(row.error());
    }
    over_ = true;
    // Failures below leave an upload or an object without a row, which costs space and nothing
    // else.
    static_cast<void>(co_await session_.upload->discard());
    if (row->location != location.text) {
        static_cast<void>(co_await context_->store.remove(location));
    } else if (!damaged.empty()) {
        const blob::Location old(damaged);
        static_cast<void>(co_await context_->store.remove(old));
    }
    co_return Result<void>();
}

io::Task<Result<meta::BlobRow>> SessionHold::record(const oci::Digest& digest,
                                                    const std::string& location,
                                                    const std::string& damaged) {
    const Timestamp at = now();
    const std::uint64_t size = session_.upload->offset();
    auto work = [&](db::Session& session) -> Result<meta::BlobRow> {
        if (!damaged.empty()) {
            BERTH_TRY_VOID(meta::relocate_blob(session, digest, damaged, location, size, at));
        }
        BERTH_TRY(auto row, meta::put_blob(session, digest, size, location, at));
        BERTH_TRY(const auto repository, ensure_writable(session, key_.repository, at));
        BERTH_TRY_VOID(meta::link_blob(session, repository, row.id, at));
        BERTH_TRY_VOID(meta::remove_upload(session, key_.id));
        return row;
    };
    co_return co_await context_->database.write(work);
}

io::Task<void> SessionHold::take_back(Errc reason) {
    if (certainly_rolled_back(reason)) {
        const Result<void> undone = co_await session_.upload->undo_commit();
        over_ = !undone.has_value();
        co_return;
    }
    // The row may exist after the next start, so its bytes stay where it says, and nothing may be
    // added to them: the session ends here.
    over_ = true;
    static_cast<void>(co_await session_.upload->discard());
}

}  // namespace berth::registry
