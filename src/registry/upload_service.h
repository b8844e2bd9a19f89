// SPDX-License-Identifier: Apache-2.0
//
// Upload sessions: begin, append, commit, cancel, and mounts (acr-wire 12). A session belongs to
// one repository and one principal; for anybody else it does not exist (Errc::upload_unknown). Live
// sessions keep their hasher in memory; after a restart the first touch re-reads the partial file.
// Used from all I/O threads; one request at a time holds a session, a second one gets
// Errc::conflict.
#pragma once

#include "base/error.h"
#include "base/limits.h"
#include "blob/blob_store.h"
#include "db/sql.h"
#include "io/task.h"
#include "oci/access.h"
#include "oci/digest.h"
#include "oci/names.h"
#include "registry/access_check.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace berth::registry {

/// Names a session as its URL does, with who is asking.
struct UploadKey {
    UploadKey(oci::Repository repo, std::string upload_id, std::string owner_name)
        : repository(std::move(repo)), id(std::move(upload_id)), owner(std::move(owner_name)) {}

    oci::Repository repository;
    std::string id;
    std::string owner;
};

/// Exclusive hold of a session by one request. Returns the session to the service when destroyed.
class UploadHold {
  public:
    virtual ~UploadHold() = default;
    virtual const std::string& id() const = 0;
    virtual std::uint64_t offset() const = 0;
    /// Appends one piece of the body. Errors: payload_too_large (blob_bytes_max), disk_full,
    /// read_only, io_error; the session stays usable at the offset it reached.
    virtual io::Task<Result<void>> append(ByteView bytes) = 0;
    /// The offset may be promised to the client after this (called at the end of each PATCH).
    virtual io::Task<Result<void>> sync() = 0;
    /// As sync(), or, where there is no space to note the offset, goes back to the last one that
    /// was promised: what came after it was refused, or nobody was answered. disk_full only
    /// when that one may not be durable (an earlier process promised it).
    virtual io::Task<Result<void>> settle() = 0;
    /// Verifies, makes durable, records and links the blob; the session is over.
    /// Errc::digest_invalid, and disallowed by a write lock, leave the session usable and store
    /// nothing.
    virtual io::Task<Result<void>> commit(const oci::Digest& digest) = 0;
    /// Drops session and bytes.
    virtual io::Task<Result<void>> cancel() = 0;
};

class UploadService {
  public:
    /// All references must outlive the service.
    UploadService(db::Database& database, blob::BlobStore& store, const Limits& limits);
    ~UploadService();

    /// A new session, held by the caller. Errc::disallowed when the repository is locked for
    /// writing, rate_limited when the owner has uploads_per_account_max sessions.
    io::Task<Result<std::unique_ptr<UploadHold>>> begin(const oci::Repository& repository,
                                                        const std::string& owner,
                                                        oci::Algorithm algorithm,
                                                        std::optional<std::uint64_t> size_hint);
    /// Takes hold of a session. Errc::upload_unknown when absent or not the caller's, conflict when
    /// another request holds it.
    io::Task<Result<std::unique_ptr<UploadHold>>> acquire(const UploadKey& key);

    /// Links `digest` from another repository: from `from` when given, else from any repository the
    /// caller may pull. False when nothing could be mounted (the caller then begins a session).
    /// `may_pull` is asked for every source, also for an explicit one. A source that is locked for
    /// reading is none. Errc::disallowed when the target is locked for writing.
    io::Task<Result<bool>> mount(const oci::Repository& repository, const oci::Digest& digest,
                                 const std::optional<oci::Repository>& from,
                                 const MayPull& may_pull);

    /// Drops sessions older than limits.upload_age_max; answers how many. Bounded work per call.
    io::Task<Result<std::uint32_t>> expire_sessions();
    /// Drops bytes of uploads that have no session: what a crash or a failure between the two left
    /// behind. At any time; answers how many.
    io::Task<Result<std::uint32_t>> drop_orphans();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace berth::registry
