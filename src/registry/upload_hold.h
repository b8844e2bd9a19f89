// SPDX-License-Identifier: Apache-2.0
//
// One request's hold of an upload session, and what holds share with their service. Made by
// UploadService; runs on the I/O thread of the request. Order that matters: bytes are durable in
// the store before a row names them, and a row goes before bytes it named. The row of a session is
// written relaxed, so the first promise about its bytes makes it durable, too.
#pragma once

#include "base/limits.h"
#include "meta/blobs.h"
#include "meta/uploads.h"
#include "registry/upload_service.h"
#include "registry/upload_sessions.h"

#include <memory>
#include <optional>
#include <string>

namespace berth::registry {

struct UploadContext {
    UploadContext(db::Database& catalog, blob::BlobStore& blob_store, const Limits& service_limits);
    db::Database& database;
    blob::BlobStore& store;
    const Limits limits;
    UploadSessions sessions;
};

/// What an earlier process, or an earlier time in memory, left of a session: what its row says was
/// promised. Errors as BlobStore::resume().
io::Task<Result<LiveSession>> take_up(blob::BlobStore& store, const meta::UploadRow& row);

class SessionHold final : public UploadHold {
  public:
    /// Requires that the session is marked as held. Without a live upload the session is forgotten
    /// when this object goes.
    SessionHold(std::shared_ptr<UploadContext> context, UploadKey key,
                std::optional<LiveSession> session);
    ~SessionHold() override;

    void set_live(LiveSession session) { session_.emplace(std::move(session)); }

    const std::string& id() const override { return key_.id; }

    std::uint64_t offset() const override;
    io::Task<Result<void>> append(ByteView bytes) override;
    io::Task<Result<void>> sync() override;
    io::Task<Result<void>> settle() override;
    io::Task<Result<void>> commit(const oci::Digest& digest) override;
    io::Task<Result<void>> cancel() override;

    /// Removes the row; the hold is over.
    io::Task<Result<void>> remove_row();
    /// Moves the row's expiry clock when an eighth of the session's age limit has passed.
    io::Task<void> touch_when_due();

  private:
    /// The stored copy of a digest that is already known.
    struct StoredCopy {
        StoredCopy(meta::BlobRow blob_row, bool is_intact)
            : row(std::move(blob_row)), intact(is_intact) {}

        meta::BlobRow row;
        bool intact;
    };

    Result<void> check_live() const;
    io::Task<Result<void>> sync_upload(blob::Upload& upload);
    io::Task<Result<void>> keep_bytes();
    io::Task<Result<void>> write_kept(ByteView bytes);
    io::Task<Result<void>> go_back();
    io::Task<void> drop_bytes();
    io::Task<void> drop_if_lost();
    io::Task<Result<std::optional<StoredCopy>>> find_stored(const oci::Digest& digest);
    io::Task<Result<std::optional<StoredCopy>>> find_in_catalog(const oci::Digest& digest,
                                                                meta::BlobRow row);
    io::Task<Result<bool>> link_stored(const oci::Digest& digest, const meta::BlobRow& stored);
    io::Task<Result<void>> commit_in_catalog(const oci::Digest& digest, const std::string& damaged);
    io::Task<Result<void>> commit_in_store(const oci::Digest& digest, const std::string& damaged);
    io::Task<Result<meta::StoredBlob>> record(const oci::Digest& digest,
                                              const meta::BlobPlace& place,
                                              const std::string& damaged);
    io::Task<void> take_back(blob::Upload& upload, Errc reason);
    io::Task<void> remove_object(const std::string& location);

    std::shared_ptr<UploadContext> context_;
    UploadKey key_;
    std::optional<LiveSession> session_;  // not yet while it is begun or taken up
    bool over_ = false;
};

}  // namespace berth::registry
