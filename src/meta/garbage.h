// SPDX-License-Identifier: Apache-2.0
//
// What nothing refers to any more, and the transactions that let it go
// (docs/garbage_collection.md). The scans look at a bounded number of rows and answer candidates;
// the functions that change something ask every condition again in the caller's transaction, so a
// candidate that was taken up meanwhile stays. Times are compared as the catalog has them: after a
// clock that went back things stay longer, never shorter.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "meta/repositories.h"
#include "oci/digest.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::meta {

/// Whether anything but a link keeps a blob's bytes: the one place that knows what else can.
Result<bool> is_held_without_link(db::Session& session, const oci::Digest& digest);
/// That, or a link.
Result<bool> is_blob_held(db::Session& session, std::int64_t blob_id, const oci::Digest& digest);

struct LinkKey {
    RepositoryId repository = 0;
    std::int64_t blob = 0;
};

struct IdleLink {
    IdleLink(LinkKey link, oci::Digest blob_digest) : key(link), digest(blob_digest) {}

    LinkKey key;
    oci::Digest digest;
};

struct LinkScan {
    std::vector<IdleLink> idle;
    LinkKey last;  // go on after it
    bool more = false;
};

/// Of the `limit` links after `after`: those that no manifest of their repository needs and that
/// were touched last at `before` or earlier.
Result<LinkScan> scan_links(db::Session& session, const LinkKey& after, Timestamp before,
                            std::uint32_t limit);
/// How reports call a repository, which may be detached; empty when it is gone.
Result<std::string> name_of_repository(db::Session& session, RepositoryId id);
/// Drops the link if it still is as scan_links() says; false when it is not.
Result<bool> drop_idle_link(db::Session& session, const LinkKey& link, Timestamp before);

/// A blob without holders. `location` as meta/blobs.h has it.
struct UnheldBlob {
    UnheldBlob(std::int64_t row_id, oci::Digest blob_digest) : id(row_id), digest(blob_digest) {}

    bool in_catalog() const;

    std::int64_t id;
    oci::Digest digest;
    std::uint64_t size = 0;
    std::string location;
};

struct BlobScan {
    std::vector<UnheldBlob> unheld;
    std::optional<oci::Digest> last;  // go on after it
    bool more = false;
};

/// Of the `limit` blobs after `after`: live ones that nothing holds.
Result<BlobScan> scan_blobs(db::Session& session, const std::optional<oci::Digest>& after,
                            std::uint32_t limit);
/// The same for what would be so if idle links (`before`) were gone; changes nothing.
Result<BlobScan> forecast_blobs(db::Session& session, const std::optional<oci::Digest>& after,
                                Timestamp before, std::uint32_t limit);
/// Live and held by nothing -> condemned. The blob that was, nullopt when it is neither any more.
Result<std::optional<UnheldBlob>> condemn_blob(db::Session& session, std::int64_t blob_id,
                                               Timestamp now);

struct RemovableKey {
    std::int64_t state = 0;
    std::int64_t blob = 0;
};

struct RemovableScan {
    std::vector<std::int64_t> blobs;
    RemovableKey last;  // go on after it
    bool more = false;
};

/// Of the `limit` blobs after `after` that are not live: those condemned at `before` or earlier,
/// damaged, or on their way out already (after a crash).
Result<RemovableScan> scan_removable(db::Session& session, const RemovableKey& after,
                                     Timestamp before, std::uint32_t limit);

/// How much was condemned after `before` and waits.
struct Waiting {
    std::uint64_t blobs = 0;
    std::uint64_t bytes = 0;
};

Result<Waiting> count_waiting(db::Session& session, Timestamp before);
/// What begin_removal() would answer, without a change.
Result<std::optional<UnheldBlob>> find_removable(db::Session& session, std::int64_t blob_id,
                                                 Timestamp before);
/// Condemned long enough, or damaged, and held by nothing -> deleting: from the commit on nobody
/// relies on the bytes, which must be durable before they go. nullopt: it is held, was revived or
/// is gone. A condemned blob that is held again comes back to life.
Result<std::optional<UnheldBlob>> begin_removal(db::Session& session, std::int64_t blob_id,
                                                Timestamp before);
/// The bytes are gone: drops the row, unless a push gave it others meanwhile. False then.
Result<bool> finish_removal(db::Session& session, const UnheldBlob& blob);

/// Whether the catalog has no use for an object of the store, which was there before this session's
/// snapshot was taken: no row names it, and the upload that brought it is over, so none will.
Result<bool> is_orphan_object(db::Session& session, const oci::Digest& digest,
                              std::string_view location, const std::string& upload_id);

/// Until `until` no bytes of the store that a row ever named are removed: for who copies a snapshot
/// of the catalog and then the bytes it names. Prolong or end it by calling again; `holder` is a
/// name that no other has, so that one who is done ends nobody else's.
Result<void> keep_bytes_until(db::Session& session, std::string_view holder, Timestamp until,
                              Timestamp now);
Result<bool> are_bytes_kept(db::Session& session, Timestamp now);

}  // namespace berth::meta
