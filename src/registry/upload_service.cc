// SPDX-License-Identifier: Apache-2.0
#include "registry/upload_service.h"

#include "base/random.h"
#include "base/try.h"
#include "io/resume.h"
#include "meta/blobs.h"
#include "meta/repositories.h"
#include "meta/uploads.h"
#include "registry/locks.h"
#include "registry/upload_hold.h"
#include "registry/upload_quota.h"

#include <chrono>
#include <vector>

namespace berth::registry {
namespace {

/// Repositories looked at for a mount without `from`; the right to pull is asked for each.
constexpr std::uint32_t kMountCandidatesMax = 64;
/// Uploads looked up before others have their turn.
constexpr std::size_t kLooksPerTurn = 64;
/// Sessions dropped by one call of expire_sessions().
constexpr std::uint32_t kExpireBatch = 100;

/// Keeps requests away from a session while its row and bytes are dropped.
class Seizure {
  public:
    Seizure(UploadSessions& sessions, std::string id) : sessions_(&sessions), id_(std::move(id)) {}

    Seizure(Seizure&& other) noexcept
        : sessions_(std::exchange(other.sessions_, nullptr)), id_(std::move(other.id_)) {}

    Seizure& operator=(Seizure&&) = delete;

    ~Seizure() {
        if (sessions_ != nullptr) {
            sessions_->forget(id_);
        }
    }

    const std::string& id() const { return id_; }

  private:
    UploadSessions* sessions_;
    std::string id_;
};

struct MountSources {
    MountSources(meta::BlobRow blob_row, std::vector<oci::Repository> linked_in)
        : row(std::move(blob_row)), repositories(std::move(linked_in)) {}

    meta::BlobRow row;
    std::vector<oci::Repository> repositories;
};

/// Repositories that link `digest` and may be read: `from` alone when given, else the target and
/// some others.
Result<std::optional<MountSources>> find_sources(db::Session& session,
                                                 const oci::Repository& target,
                                                 const oci::Digest& digest,
                                                 const std::optional<oci::Repository>& from) {
    const oci::Repository& first = from ? *from : target;
    std::vector<oci::Repository> repositories;
    BERTH_TRY(std::optional<meta::BlobRow> row, meta::find_linked_blob(session, first, digest));
    if (row && row->readable) {
        repositories.push_back(first);
    }
    if (!from) {
        BERTH_TRY(row, meta::find_blob(session, digest));
    }
    if (!row) {
        return std::nullopt;
    }
    if (!from) {
        BERTH_TRY(const auto names,
                  meta::repositories_linking(session, row->id, kMountCandidatesMax));
        for (const std::string& name : names) {
            if (auto parsed = oci::Repository::parse(name)) {
                BERTH_TRY(const auto home, meta::find_repository(session, *parsed));
                if (home && home->attributes.read_enabled) {
                    repositories.push_back(*std::move(parsed));
                }
            }
        }
    }
    return MountSources(*std::move(row), std::move(repositories));
}

/// Links in `target` if `source` still does and may still be read.
Result<bool> link_from(db::Session& session, const oci::Repository& source,
                       const oci::Repository& target, const oci::Digest& digest, Timestamp at) {
    BERTH_TRY(const auto row, meta::find_linked_blob(session, source, digest));
    if (!row || !row->readable) {
        return false;
    }
    BERTH_TRY(const auto repository, ensure_writable(session, target, at));
    BERTH_TRY_VOID(meta::link_blob(session, repository, row->id, at));
    return true;
}

Result<void> insert_session(db::Session& session, UploadQuota& quota, const UploadKey& key,
                            oci::Algorithm algorithm, Timestamp at) {
    BERTH_TRY_VOID(check_writable(session, key.repository));
    BERTH_TRY_VOID(quota.admit(session, key.owner, std::chrono::steady_clock::now()));
    meta::UploadRow row;
    row.id = key.id;
    row.repository = key.repository.text();
    row.owner = key.owner;
    row.algorithm = algorithm;
    row.started_at = at;
    return meta::insert_upload(session, row);
}

}  // namespace

struct UploadService::State {
    explicit State(std::shared_ptr<UploadContext> shared)
        : context(std::move(shared)), quota(context->limits.uploads_per_account_max) {}

    std::shared_ptr<UploadContext> context;  // holds may outlive the service
    UploadQuota quota;
};

UploadService::UploadService(db::Database& database, blob::BlobStore& store, const Limits& limits)
    : state_(std::make_unique<State>(std::make_shared<UploadContext>(database, store, limits))) {}

UploadService::~UploadService() = default;

io::Task<Result<std::unique_ptr<UploadHold>>> UploadService::begin(
    const oci::Repository& repository, const std::string& owner, oci::Algorithm algorithm,
    std::optional<std::uint64_t> size_hint) {
    UploadContext& context = *state_->context;
    if (size_hint.value_or(0) > context.limits.blob_bytes_max) {
        co_return fail(Errc::payload_too_large, "blob_bytes_max");
    }
    const UploadKey key(repository, make_uuid(), owner);
    const Timestamp at = now();
    context.sessions.reserve(key);
    auto hold = std::make_unique<SessionHold>(state_->context, key, std::nullopt);
    // The row first: a file without a row would stay for ever. It promises no byte, so a power cut
    // may have it; the client then begins again.
    auto work = [&](db::Session& session) {
        return insert_session(session, state_->quota, key, algorithm, at);
    };
    BERTH_CO_TRY_VOID(co_await context.database.write(work, db::Durability::relaxed));
    SessionBytes bytes(algorithm, std::string());
    if (size_hint.value_or(0) > context.limits.inline_blob_bytes_max) {
        Result<void> reserved = co_await bytes.move_to(context.store, key.id, size_hint);
        if (!reserved) {
            static_cast<void>(co_await hold->remove_row());
            co_return std::unexpected(std::move(reserved).error());
        }
    }
    hold->set_live(LiveSession(std::move(bytes), at));
    co_return std::unique_ptr<UploadHold>(std::move(hold));
}

io::Task<Result<std::unique_ptr<UploadHold>>> UploadService::acquire(const UploadKey& key) {
    UploadContext& context = *state_->context;
    BERTH_CO_TRY(std::optional<LiveSession> live, context.sessions.take(key));
    if (live) {
        co_return std::make_unique<SessionHold>(state_->context, key, *std::move(live));
    }
    auto find = [&key](db::Session& session) { return meta::find_upload(session, key.id); };
    BERTH_CO_TRY(const auto known, co_await context.database.read(find));
    if (!known || known->repository != key.repository.text() || known->owner != key.owner) {
        co_return fail(Errc::upload_unknown, "no such session of this repository and caller");
    }
    if (!context.sessions.reserve(key)) {
        co_return fail(Errc::conflict, "session is being taken up by another request");
    }
    auto hold = std::make_unique<SessionHold>(state_->context, key, std::nullopt);
    // Again: another request may have had the session since, and ended it or gone on with it.
    BERTH_CO_TRY(const auto row, co_await context.database.read(find));
    if (!row) {
        co_return fail(Errc::upload_unknown, "the session has ended");
    }
    BERTH_CO_TRY(LiveSession session, co_await take_up(context.store, *row));
    hold->set_live(std::move(session));
    co_await hold->touch_when_due();
    co_return std::unique_ptr<UploadHold>(std::move(hold));
}

io::Task<Result<bool>> UploadService::mount(const oci::Repository& repository,
                                            const oci::Digest& digest,
                                            const std::optional<oci::Repository>& from,
                                            const MayPull& may_pull) {
    UploadContext& context = *state_->context;
    // Before anything is looked up: the answer must not tell what a foreign repository has, nor, by
    // way of a foreign name, what the target has.
    if (from && !may_pull(*from)) {
        co_return false;
    }
    auto find = [&](db::Session& session) {
        return find_sources(session, repository, digest, from);
    };
    BERTH_CO_TRY(const std::optional<MountSources> sources, co_await context.database.read(find));
    if (!sources) {
        co_return false;
    }
    for (const oci::Repository& source : sources->repositories) {
        if (!may_pull(source)) {
            continue;
        }
        if (!sources->row.in_catalog()) {
            const blob::Location location(sources->row.location);
            const auto opened = co_await context.store.open(location, sources->row.size);
            if (!opened) {
                co_return false;  // an upload will heal it
            }
        }
        const Timestamp at = now();
        auto link = [&](db::Session& session) {
            return link_from(session, source, repository, digest, at);
        };
        co_return co_await context.database.write(link);
    }
    co_return false;
}

io::Task<Result<std::uint32_t>> UploadService::expire_sessions() {
    UploadContext& context = *state_->context;
    const Timestamp at = now();
    const Timestamp before{at.ticks - context.limits.upload_age_max.count() * kTicksPerSecond};
    auto find = [before](db::Session& session) {
        return meta::expired_uploads(session, before, kExpireBatch);
    };
    BERTH_CO_TRY(const std::vector<std::string> ids, co_await context.database.read(find));
    std::vector<Seizure> seized;
    std::vector<std::string> in_use;
    Result<void> abandoned;  // the last failure: one file that stays must not keep the others
    for (const std::string& id : ids) {
        if (!context.sessions.seize(id)) {
            in_use.push_back(id);
            continue;
        }
        Seizure own(context.sessions, id);
        // The bytes first: a crash in between leaves a row, which comes up here again.
        Result<void> gone = co_await context.store.abandon(id);
        if (gone) {
            seized.push_back(std::move(own));
        } else {
            abandoned = std::move(gone);
        }
    }
    auto drop = [&](db::Session& session) -> Result<void> {
        for (const Seizure& session_seized : seized) {
            BERTH_TRY_VOID(meta::remove_upload(session, session_seized.id()));
        }
        for (const std::string& id : in_use) {
            BERTH_TRY_VOID(meta::touch_upload(session, id, at));
        }
        return {};
    };
    if (!ids.empty()) {
        BERTH_CO_TRY_VOID(co_await context.database.write(drop, db::Durability::relaxed));
    }
    BERTH_CO_TRY_VOID(std::move(abandoned));
    co_return static_cast<std::uint32_t>(seized.size());
}

// A session's row is there before its first byte and goes after its last, so an upload without a
// row has ended. One that begins meanwhile cannot be mistaken: its id is not in the list, or its
// row is there.
io::Task<Result<std::uint32_t>> UploadService::drop_orphans() {
    UploadContext& context = *state_->context;
    BERTH_CO_TRY(const std::vector<std::string> ids, co_await context.store.list_uploads());
    std::uint32_t dropped = 0;
    std::size_t looked_at = 0;
    for (const std::string& id : ids) {
        if (++looked_at % kLooksPerTurn == 0) {
            co_await io::yield();
        }
        auto find = [&id](db::Session& session) { return meta::find_upload(session, id); };
        BERTH_CO_TRY(const auto row, co_await context.database.read(find));
        if (!row) {
            BERTH_CO_TRY_VOID(co_await context.store.abandon(id));
            ++dropped;
        }
    }
    co_return dropped;
}

}  // namespace berth::registry
