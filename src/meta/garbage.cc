// SPDX-License-Identifier: Apache-2.0
#include "meta/garbage.h"

#include "base/try.h"
#include "meta/blobs.h"
#include "meta/columns.h"
#include "meta/upkeep.h"

#include <array>
#include <charconv>
#include <utility>

namespace berth::meta {

namespace {

// States as in schema/0001_initial.sql: 0 live, 1 condemned, 2 deleting, 3 damaged.
constexpr std::int64_t kLive = 0;
constexpr std::int64_t kCondemned = 1;
constexpr std::int64_t kDeleting = 2;

// No algorithm has this byte.
constexpr std::array<std::byte, 1> kBeforeAllDigests{std::byte{0}};

constexpr std::string_view kBytesKeptUntil = "garbage.bytes_kept_until";

constexpr db::Sql kLinked("SELECT 1 FROM blob_links WHERE blob_id = $1 LIMIT 1");
constexpr db::Sql kLinksAfter(
    "SELECT repository_id, blob_id, touched_at FROM blob_links"
    " WHERE (repository_id, blob_id) > ($1, $2) ORDER BY repository_id, blob_id LIMIT $3");
constexpr db::Sql kReferenced(
    "SELECT 1 FROM manifest_references WHERE repository_id = $1 AND digest = $2 LIMIT 1");
constexpr db::Sql kRepositoryName("SELECT name FROM repositories WHERE id = $1");
constexpr db::Sql kTouched(
    "SELECT touched_at FROM blob_links WHERE repository_id = $1 AND blob_id = $2");
constexpr db::Sql kDropLink("DELETE FROM blob_links WHERE repository_id = $1 AND blob_id = $2");
constexpr db::Sql kLinksOf("SELECT repository_id, touched_at FROM blob_links WHERE blob_id = $1");
// The index on digests has the ids, too, so the walk does not read the rows, many of which have
// their blob's bytes.
constexpr db::Sql kBlobsAfter(
    "SELECT id, digest FROM blobs WHERE digest > $1 ORDER BY digest LIMIT $2");
constexpr db::Sql kBlob(
    "SELECT digest, size, location, state, condemned_at FROM blobs WHERE id = $1");
constexpr db::Sql kCondemn(
    "UPDATE blobs SET state = 1, condemned_at = $2 WHERE id = $1 AND state = 0");
constexpr db::Sql kRevive(
    "UPDATE blobs SET state = 0, condemned_at = NULL WHERE id = $1 AND state = 1");
// `state <> 0` is what lets the small index be used.
constexpr db::Sql kRemovable(
    "SELECT state, id, condemned_at FROM blobs WHERE state <> 0 AND (state, id) > ($1, $2)"
    " ORDER BY state, id LIMIT $3");
constexpr db::Sql kWaiting(
    "SELECT count(*), sum(size) FROM blobs WHERE state <> 0 AND state = 1 AND condemned_at > $1");
constexpr db::Sql kBeginRemoval("UPDATE blobs SET state = 2 WHERE id = $1");
constexpr db::Sql kFinishRemoval("DELETE FROM blobs WHERE id = $1 AND state = 2 AND location = $2");
// Manifests that were deleted and can be restored need their blobs (role 3 is a manifest).
constexpr db::Sql kInTheBin(
    "SELECT 1 FROM deleted_references WHERE digest = $1 AND role < 3 LIMIT 1");
constexpr db::Sql kNamed("SELECT 1 FROM blobs WHERE digest = $1 AND location = $2");
constexpr db::Sql kUploading("SELECT 1 FROM uploads WHERE id = $1");

Result<bool> any(db::Session& session, const db::Sql& sql,
                 std::initializer_list<db::Value> parameters) {
    bool found = false;
    BERTH_TRY_VOID(session.query(sql, parameters, [&found](const db::Row&) {
        found = true;
        return false;
    }));
    return found;
}

struct BlobState {
    explicit BlobState(UnheldBlob row) : blob(std::move(row)) {}

    UnheldBlob blob;
    std::int64_t state = kLive;
    Timestamp condemned;
};

Result<std::optional<BlobState>> find_state(db::Session& session, std::int64_t blob_id) {
    Result<std::optional<BlobState>> found(std::nullopt);
    BERTH_TRY_VOID(session.query(kBlob, {blob_id}, [&found, blob_id](const db::Row& row) {
        Result<oci::Digest> digest = digest_column(row, 0);
        if (!digest) {
            found = fail(std::move(digest).error());
            return false;
        }
        BlobState& state = found->emplace(UnheldBlob(blob_id, *digest));
        state.blob.size = static_cast<std::uint64_t>(row.integer(1));
        state.blob.location = row.text(2);
        state.state = row.integer(3);
        state.condemned = Timestamp{row.integer(4)};
        return false;
    }));
    return found;
}

struct LinkTime {
    LinkTime(const LinkKey& link, Timestamp time) : key(link), touched(time) {}

    LinkKey key;
    Timestamp touched;
};

Result<std::vector<LinkTime>> links_of(db::Session& session, std::int64_t blob_id) {
    std::vector<LinkTime> links;
    BERTH_TRY_VOID(session.query(kLinksOf, {blob_id}, [&links, blob_id](const db::Row& row) {
        links.emplace_back(LinkKey{row.integer(0), blob_id}, Timestamp{row.integer(1)});
        return true;
    }));
    return links;
}

/// Whether something but idle links keeps the blob's bytes.
Result<bool> stays_held(db::Session& session, const UnheldBlob& blob, Timestamp before) {
    BERTH_TRY(const std::vector<LinkTime> links, links_of(session, blob.id));
    for (const LinkTime& link : links) {
        if (link.touched > before) {
            return true;
        }
        BERTH_TRY(const bool referenced,
                  any(session, kReferenced, {link.key.repository, blob.digest.stored()}));
        if (referenced) {
            return true;
        }
    }
    return is_held_without_link(session, blob.digest);
}

Result<std::vector<UnheldBlob>> next_blobs(db::Session& session,
                                           const std::optional<oci::Digest>& after,
                                           std::uint32_t limit) {
    Result<std::vector<UnheldBlob>> blobs;
    blobs->reserve(limit);
    const auto add = [&blobs](const db::Row& row) {
        Result<oci::Digest> digest = digest_column(row, 1);
        if (!digest) {
            blobs = fail(std::move(digest).error());
            return false;
        }
        blobs->emplace_back(row.integer(0), *digest);
        return true;
    };
    const ByteView start = after ? after->stored() : ByteView(kBeforeAllDigests);
    BERTH_TRY_VOID(session.query(kBlobsAfter, {start, std::int64_t{limit}}, add));
    return blobs;
}

/// Until when a holder needs the bytes.
Result<Timestamp> end_of(const UpkeepRow& hold) {
    Timestamp until;
    const char* const end = hold.value.data() + hold.value.size();
    const auto [stop, failed] = std::from_chars(hold.value.data(), end, until.ticks);
    if (failed != std::errc() || stop != end) {
        return fail(Errc::corrupt, "upkeep says no time until which bytes are kept");
    }
    return until;
}

template <class IsHeld>
Result<BlobScan> scan(db::Session& session, const std::optional<oci::Digest>& after,
                      std::uint32_t limit, IsHeld is_held) {
    BlobScan found;
    BERTH_TRY(const std::vector<UnheldBlob> blobs, next_blobs(session, after, limit));
    for (const UnheldBlob& blob : blobs) {
        BERTH_TRY(const bool held, is_held(blob));
        if (held) {
            continue;
        }
        BERTH_TRY(const std::optional<BlobState> row, find_state(session, blob.id));
        if (row && row->state == kLive) {
            found.unheld.push_back(row->blob);
        }
    }
    if (!blobs.empty()) {
        found.last = blobs.back().digest;
    }
    found.more = blobs.size() >= limit;
    return found;
}

}  // namespace

bool UnheldBlob::in_catalog() const {
    return location == kInCatalog;
}

Result<bool> is_held_without_link(db::Session& session, const oci::Digest& digest) {
    return any(session, kInTheBin, {digest.stored()});
}

Result<bool> is_blob_held(db::Session& session, std::int64_t blob_id, const oci::Digest& digest) {
    BERTH_TRY(const bool linked, any(session, kLinked, {blob_id}));
    if (linked) {
        return true;
    }
    return is_held_without_link(session, digest);
}

Result<LinkScan> scan_links(db::Session& session, const LinkKey& after, Timestamp before,
                            std::uint32_t limit) {
    std::vector<LinkTime> links;
    links.reserve(limit);
    BERTH_TRY_VOID(session.query(kLinksAfter, {after.repository, after.blob, std::int64_t{limit}},
                                 [&links](const db::Row& row) {
                                     links.emplace_back(LinkKey{row.integer(0), row.integer(1)},
                                                        Timestamp{row.integer(2)});
                                     return true;
                                 }));
    LinkScan found;
    found.last = links.empty() ? after : links.back().key;
    found.more = links.size() >= limit;
    for (const LinkTime& link : links) {
        if (link.touched > before) {
            continue;
        }
        BERTH_TRY(const std::optional<BlobState> row, find_state(session, link.key.blob));
        if (!row) {
            return fail(Errc::corrupt, "a link names a blob without a row");
        }
        BERTH_TRY(const bool referenced,
                  any(session, kReferenced, {link.key.repository, row->blob.digest.stored()}));
        if (!referenced) {
            found.idle.emplace_back(link.key, row->blob.digest);
        }
    }
    return found;
}

Result<std::string> name_of_repository(db::Session& session, RepositoryId id) {
    std::string name;
    BERTH_TRY_VOID(session.query(kRepositoryName, {id}, [&name](const db::Row& row) {
        name = row.text(0);
        return false;
    }));
    return name;
}

Result<bool> drop_idle_link(db::Session& session, const LinkKey& link, Timestamp before) {
    std::optional<Timestamp> touched;
    BERTH_TRY_VOID(
        session.query(kTouched, {link.repository, link.blob}, [&touched](const db::Row& row) {
            touched = Timestamp{row.integer(0)};
            return false;
        }));
    BERTH_TRY(const std::optional<BlobState> row, find_state(session, link.blob));
    if (!touched || *touched > before || !row) {
        return false;
    }
    BERTH_TRY(const bool referenced,
              any(session, kReferenced, {link.repository, row->blob.digest.stored()}));
    if (referenced) {
        return false;
    }
    BERTH_TRY(const std::int64_t dropped, session.execute(kDropLink, {link.repository, link.blob}));
    return dropped > 0;
}

Result<BlobScan> scan_blobs(db::Session& session, const std::optional<oci::Digest>& after,
                            std::uint32_t limit) {
    return scan(session, after, limit, [&session](const UnheldBlob& blob) {
        return is_blob_held(session, blob.id, blob.digest);
    });
}

Result<BlobScan> forecast_blobs(db::Session& session, const std::optional<oci::Digest>& after,
                                Timestamp before, std::uint32_t limit) {
    return scan(session, after, limit, [&session, before](const UnheldBlob& blob) {
        return stays_held(session, blob, before);
    });
}

Result<std::optional<UnheldBlob>> condemn_blob(db::Session& session, std::int64_t blob_id,
                                               Timestamp now) {
    BERTH_TRY(std::optional<BlobState> row, find_state(session, blob_id));
    if (!row || row->state != kLive) {
        return std::nullopt;
    }
    BERTH_TRY(const bool held, is_blob_held(session, blob_id, row->blob.digest));
    if (held) {
        return std::nullopt;
    }
    BERTH_TRY_VOID(session.execute(kCondemn, {blob_id, now.ticks}));
    return std::move(row->blob);
}

Result<RemovableScan> scan_removable(db::Session& session, const RemovableKey& after,
                                     Timestamp before, std::uint32_t limit) {
    RemovableScan found;
    found.last = after;
    std::uint32_t seen = 0;
    BERTH_TRY_VOID(session.query(kRemovable, {after.state, after.blob, std::int64_t{limit}},
                                 [&found, &seen, before](const db::Row& row) {
                                     found.last = RemovableKey{row.integer(0), row.integer(1)};
                                     if (found.last.state != kCondemned ||
                                         row.integer(2) <= before.ticks) {
                                         found.blobs.push_back(found.last.blob);
                                     }
                                     ++seen;
                                     return true;
                                 }));
    found.more = seen >= limit;
    return found;
}

Result<Waiting> count_waiting(db::Session& session, Timestamp before) {
    Waiting waiting;
    BERTH_TRY_VOID(session.query(kWaiting, {before.ticks}, [&waiting](const db::Row& row) {
        waiting.blobs = static_cast<std::uint64_t>(row.integer(0));
        waiting.bytes = static_cast<std::uint64_t>(row.integer(1));
        return false;
    }));
    return waiting;
}

Result<std::optional<UnheldBlob>> find_removable(db::Session& session, std::int64_t blob_id,
                                                 Timestamp before) {
    BERTH_TRY(std::optional<BlobState> row, find_state(session, blob_id));
    if (!row || row->state == kLive || (row->state == kCondemned && row->condemned > before)) {
        return std::nullopt;
    }
    BERTH_TRY(const bool held, is_blob_held(session, blob_id, row->blob.digest));
    if (held && row->state != kDeleting) {
        return std::nullopt;
    }
    return std::move(row->blob);
}

Result<std::optional<UnheldBlob>> begin_removal(db::Session& session, std::int64_t blob_id,
                                                Timestamp before) {
    BERTH_TRY(std::optional<UnheldBlob> blob, find_removable(session, blob_id, before));
    if (blob) {
        BERTH_TRY_VOID(session.execute(kBeginRemoval, {blob_id}));
        return blob;
    }
    BERTH_TRY(const std::optional<BlobState> row, find_state(session, blob_id));
    if (row && row->state == kCondemned && row->condemned <= before) {
        BERTH_TRY_VOID(session.execute(kRevive, {blob_id}));
    }
    return std::nullopt;
}

Result<bool> finish_removal(db::Session& session, const UnheldBlob& blob) {
    BERTH_TRY(const std::int64_t removed,
              session.execute(kFinishRemoval, {blob.id, blob.location}));
    return removed > 0;
}

Result<bool> is_orphan_object(db::Session& session, const oci::Digest& digest,
                              std::string_view location, const std::string& upload_id) {
    BERTH_TRY(const bool named, any(session, kNamed, {digest.stored(), location}));
    if (named) {
        return false;
    }
    BERTH_TRY(const bool uploading, any(session, kUploading, {upload_id}));
    return !uploading;
}

// Those that are over are forgotten: a holder that died does not come back.
Result<void> keep_bytes_until(db::Session& session, std::string_view holder, Timestamp until,
                              Timestamp now) {
    BERTH_TRY(const std::vector<UpkeepRow> holds, upkeep_below(session, kBytesKeptUntil));
    for (const UpkeepRow& hold : holds) {
        BERTH_TRY(const Timestamp end, end_of(hold));
        if (end.ticks <= now.ticks) {
            BERTH_TRY_VOID(remove_upkeep(session, hold.name));
        }
    }
    std::string name(kBytesKeptUntil);
    name.append(".").append(holder);
    return set_upkeep(session, name, std::to_string(until.ticks), now);
}

Result<bool> are_bytes_kept(db::Session& session, Timestamp now) {
    BERTH_TRY(const std::vector<UpkeepRow> holds, upkeep_below(session, kBytesKeptUntil));
    for (const UpkeepRow& hold : holds) {
        BERTH_TRY(const Timestamp end, end_of(hold));
        if (now.ticks < end.ticks) {
            return true;
        }
    }
    return false;
}

}  // namespace berth::meta
