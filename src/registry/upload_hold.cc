// SPDX-License-Identifier: Apache-2.0
#include "registry/upload_hold.h"

#include "base/try.h"
#include "meta/repositories.h"
#include "meta/uploads.h"
#include "registry/intact.h"
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

// Bytes in the row are all that was promised; a file beside them was not promised yet.
io::Task<Result<LiveSession>> take_up(blob::BlobStore& store, const meta::UploadRow& row) {
    const Timestamp untouched;
    if (!row.bytes.empty()) {
        BERTH_CO_TRY_VOID(co_await store.abandon(row.id));
        LiveSession session(SessionBytes(row.algorithm, row.bytes), untouched);
        session.row_has_bytes = true;
        co_return session;
    }
    auto upload = co_await store.resume(row.id, row.algorithm, row.synced);
    if (!upload && upload.error().code == Errc::upload_unknown) {
        co_return LiveSession(SessionBytes(row.algorithm, std::string()), untouched);
    }
    if (!upload) {
        co_return std::unexpected(std::move(upload).error());
    }
    co_return LiveSession(SessionBytes(row.algorithm, *std::move(upload)), untouched);
}

UploadContext::UploadContext(db::Database& catalog, blob::BlobStore& blob_store,
                             const Limits& service_limits)
    : database(catalog), store(blob_store), limits(service_limits), sessions(kIdleUploadsMax) {}

SessionHold::SessionHold(std::shared_ptr<UploadContext> context, UploadKey key,
                         std::optional<LiveSession> session)
    : context_(std::move(context)), key_(std::move(key)), session_(std::move(session)) {}

SessionHold::~SessionHold() {
    if (over_ || !session_) {
        context_->sessions.forget(key_.id);
    } else {
        context_->sessions.give_back(key_.id, *std::move(session_));
    }
}

std::uint64_t SessionHold::offset() const {
    return session_ ? session_->bytes.offset() : 0;
}

io::Task<Result<void>> SessionHold::append(ByteView bytes) {
    BERTH_CO_TRY_VOID(check_live());
    if (offset() + bytes.size() > context_->limits.blob_bytes_max) {
        co_return fail(Errc::payload_too_large, "blob_bytes_max");
    }
    Result<void> appended = co_await session_->bytes.append(
        bytes, context_->limits.inline_blob_bytes_max, context_->store, key_.id);
    co_await drop_if_lost();
    co_return appended;
}

io::Task<Result<void>> SessionHold::sync() {
    BERTH_CO_TRY_VOID(check_live());
    blob::Upload* const upload = session_->bytes.upload();
    Result<void> synced;
    if (upload != nullptr) {
        synced = co_await sync_upload(*upload);
    } else {
        synced = co_await keep_bytes();
    }
    co_await drop_if_lost();
    if (synced) {
        co_await touch_when_due();
    }
    co_return synced;
}

// What was promised is in the row, and no more of the file is taken up after a crash: a power cut
// may leave the length of later writes with zeros for bytes. Bytes that the row still has would be
// taken for all there is, so they go.
io::Task<Result<void>> SessionHold::sync_upload(blob::Upload& upload) {
    BERTH_CO_TRY_VOID(co_await upload.sync());
    const std::uint64_t synced = upload.offset();
    if (session_->row_is_durable && !session_->row_has_bytes && session_->synced == synced) {
        co_return Result<void>();
    }
    auto work = [this, synced](db::Session& session) {
        return meta::keep_upload_offset(session, key_.id, synced);
    };
    BERTH_CO_TRY_VOID(co_await context_->database.write(work));
    session_->row_is_durable = true;
    session_->row_has_bytes = false;
    session_->synced = synced;
    co_return Result<void>();
}

io::Task<Result<void>> SessionHold::keep_bytes() {
    const ByteView bytes = session_->bytes.in_memory();
    if (session_->kept == bytes.size()) {
        co_return Result<void>();  // also when there are none, which promises nothing
    }
    session_->row_has_bytes = true;  // even if it fails, for all one knows
    BERTH_CO_TRY_VOID(co_await write_kept(bytes));
    session_->row_is_durable = true;
    session_->kept = bytes.size();
    co_return Result<void>();
}

io::Task<Result<void>> SessionHold::write_kept(ByteView bytes) {
    auto work = [this, bytes](db::Session& session) {
        return meta::keep_upload_bytes(session, key_.id, bytes);
    };
    co_return co_await context_->database.write(work);
}

io::Task<Result<void>> SessionHold::settle() {
    Result<void> synced = co_await sync();
    if (synced || over_ || synced.error().code != Errc::disk_full) {
        co_return synced;
    }
    BERTH_CO_TRY_VOID(co_await go_back());
    if (session_->row_is_durable || offset() == 0) {
        co_return Result<void>();
    }
    // An earlier process wrote the row, and may have ended before it synced its log.
    co_return synced;
}

io::Task<Result<void>> SessionHold::go_back() {
    auto find = [this](db::Session& session) { return meta::find_upload(session, key_.id); };
    BERTH_CO_TRY(const auto row, co_await context_->database.read(find));
    if (!row) {
        co_return fail(Errc::upload_unknown, "the session's row is gone");
    }
    BERTH_CO_TRY(LiveSession earlier, co_await take_up(context_->store, *row));
    earlier.touched = session_->touched;
    if (session_->row_is_durable) {
        earlier.row_is_durable = true;
        earlier.kept = row->bytes.size();
        earlier.synced = row->synced.value_or(0);
    }
    set_live(std::move(earlier));
    co_return Result<void>();
}

io::Task<Result<void>> SessionHold::commit(const oci::Digest& digest) {
    BERTH_CO_TRY_VOID(check_live());
    BERTH_CO_TRY_VOID(co_await session_->bytes.verify(digest));
    BERTH_CO_TRY(const std::optional<StoredCopy> stored, co_await find_stored(digest));
    if (stored && stored->intact) {
        BERTH_CO_TRY(const bool linked, co_await link_stored(digest, stored->row));
        if (linked) {
            over_ = true;
            co_await drop_bytes();
            co_return Result<void>();
        }
    }
    const std::string damaged = stored && !stored->intact ? stored->row.location : std::string();
    const std::uint64_t inline_max = context_->limits.inline_blob_bytes_max;
    if (session_->bytes.upload() == nullptr && inline_max > 0) {
        co_return co_await commit_in_catalog(digest, damaged);
    }
    Result<void> recorded = co_await commit_in_store(digest, damaged);
    co_await drop_if_lost();
    co_return recorded;
}

io::Task<Result<void>> SessionHold::cancel() {
    BERTH_CO_TRY_VOID(check_live());
    if (blob::Upload* const upload = session_->bytes.upload(); upload != nullptr) {
        BERTH_CO_TRY_VOID(co_await upload->discard());
        co_return co_await remove_row();
    }
    Result<void> removed = co_await remove_row();
    // Nothing is lost yet, so a refusal changes nothing.
    over_ = removed || !certainly_rolled_back(removed.error().code);
    co_return removed;
}

io::Task<Result<void>> SessionHold::remove_row() {
    over_ = true;
    auto work = [this](db::Session& session) { return meta::remove_upload(session, key_.id); };
    // A row that comes back promises nothing that was not promised before, and expires.
    BERTH_CO_TRY_VOID(co_await context_->database.write(work, db::Durability::relaxed));
    co_return Result<void>();
}

io::Task<void> SessionHold::touch_when_due() {
    const Timestamp at = now();
    const std::int64_t pause = context_->limits.upload_age_max.count() * kTicksPerSecond / 8;
    if (at.ticks - session_->touched.ticks < pause) {
        co_return;
    }
    session_->touched = at;
    auto work = [this, at](db::Session& session) {
        return meta::touch_upload(session, key_.id, at);
    };
    // A clock that did not move is no reason to refuse bytes.
    static_cast<void>(co_await context_->database.write(work, db::Durability::relaxed));
}

Result<void> SessionHold::check_live() const {
    if (over_ || !session_) {
        return fail(Errc::upload_unknown, "session is over");
    }
    return {};
}

io::Task<void> SessionHold::drop_if_lost() {
    const blob::Upload* const upload = session_->bytes.upload();
    if (over_ || upload == nullptr || !upload->is_lost()) {
        co_return;
    }
    co_await drop_bytes();
    static_cast<void>(co_await remove_row());
}

// A failure leaves a file without a row, which nothing will ever look at.
io::Task<void> SessionHold::drop_bytes() {
    if (blob::Upload* const upload = session_->bytes.upload(); upload != nullptr) {
        static_cast<void>(co_await upload->discard());
    }
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
    if (row->in_catalog()) {
        co_return co_await find_in_catalog(digest, *std::move(row));
    }
    const blob::Location location(row->location);
    const auto opened = co_await context_->store.open(location, offset());
    if (!opened && opened.error().code != Errc::corrupt) {
        co_return std::unexpected(opened.error());
    }
    co_return StoredCopy(*std::move(row), opened.has_value());
}

// It may have moved since its row was read; what there is to read then is not what the row says.
io::Task<Result<std::optional<SessionHold::StoredCopy>>> SessionHold::find_in_catalog(
    const oci::Digest& digest, meta::BlobRow row) {
    auto work = [&](db::Session& session) { return intact_blob_bytes(session, row, digest); };
    const Result<std::string> bytes = co_await context_->database.read(work);
    if (!bytes && bytes.error().code != Errc::corrupt) {
        co_return std::unexpected(bytes.error());
    }
    co_return StoredCopy(std::move(row), bytes.has_value());
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

io::Task<Result<void>> SessionHold::commit_in_catalog(const oci::Digest& digest,
                                                      const std::string& damaged) {
    const auto place = meta::BlobPlace::in_catalog(session_->bytes.in_memory());
    const auto row = co_await record(digest, place, damaged);
    if (!row) {
        if (!certainly_rolled_back(row.error().code)) {
            static_cast<void>(co_await remove_row());
        }
        co_return std::unexpected(row.error());
    }
    over_ = true;
    co_await remove_object(damaged);
    co_await remove_object(row->replaced);
    co_return Result<void>();
}

io::Task<Result<void>> SessionHold::commit_in_store(const oci::Digest& digest,
                                                    const std::string& damaged) {
    if (session_->bytes.upload() == nullptr) {
        BERTH_CO_TRY_VOID(co_await session_->bytes.move_to(context_->store, key_.id, std::nullopt));
        BERTH_CO_TRY_VOID(co_await session_->bytes.verify(digest));
    }
    blob::Upload& upload = *session_->bytes.upload();
    BERTH_CO_TRY(const blob::Location location, co_await upload.commit(digest));
    const auto place = meta::BlobPlace::in_store(location.text, offset());
    const auto row = co_await record(digest, place, damaged);
    if (!row) {
        co_await take_back(upload, row.error().code);
        co_return std::unexpected(row.error());
    }
    over_ = true;
    // Failures below leave an upload or an object without a row, which costs space until garbage
    // collection finds it.
    co_await drop_bytes();
    if (row->location != location.text) {
        co_await remove_object(location.text);
    } else {
        co_await remove_object(damaged);
        co_await remove_object(row->replaced);
    }
    co_return Result<void>();
}

io::Task<Result<meta::StoredBlob>> SessionHold::record(const oci::Digest& digest,
                                                       const meta::BlobPlace& place,
                                                       const std::string& damaged) {
    const Timestamp at = now();
    auto work = [&](db::Session& session) -> Result<meta::StoredBlob> {
        if (!damaged.empty()) {
            BERTH_TRY_VOID(meta::relocate_blob(session, digest, damaged, place, at));
        }
        BERTH_TRY(auto row, meta::put_blob(session, digest, place, at));
        BERTH_TRY(const auto repository, ensure_writable(session, key_.repository, at));
        BERTH_TRY_VOID(meta::link_blob(session, repository, row.id, at));
        // Garbage collection takes an object without this row and without a blob's for an orphan,
        // so the one may appear only in exchange for the other.
        BERTH_TRY(const bool exchanged, meta::remove_upload(session, key_.id));
        if (!exchanged) {
            return fail(Errc::upload_unknown, "the session's row is gone");
        }
        return row;
    };
    co_return co_await context_->database.write(work);
}

io::Task<void> SessionHold::take_back(blob::Upload& upload, Errc reason) {
    if (certainly_rolled_back(reason)) {
        const Result<void> undone = co_await upload.undo_commit();
        over_ = !undone.has_value();
        co_return;
    }
    // The row may exist after the next start, so its bytes stay where it says, and nothing may be
    // added to them: the session ends here.
    static_cast<void>(co_await upload.discard());
    static_cast<void>(co_await remove_row());
}

// No row names it any more.
io::Task<void> SessionHold::remove_object(const std::string& location) {
    if (!location.empty() && location != meta::kInCatalog) {
        const blob::Location old(location);
        static_cast<void>(co_await context_->store.remove(old));
    }
}

}  // namespace berth::registry
