// SPDX-License-Identifier: Apache-2.0
#include "app/verify.h"
#include "app/work_crew.h"
#include "base/encode.h"
#include "base/try.h"
#include "blob/object_hash.h"
#include "oci/hasher.h"

#include <fmt/format.h>

#include <deque>

namespace berth::app {
namespace {

constexpr std::uint32_t kRowsAtOnce = 200;

}  // namespace

std::string digest_text(const meta::BlobRecord& blob) {
    return blob.digest ? blob.digest->text() : "0x" + hex_encode(as_bytes(blob.digest_bytes));
}

Result<void> Verifier::check_blobs() {
    BERTH_TRY(const meta::BlobTotals totals,
              read([](db::Session& session) { return meta::total_of_blobs(session); }));
    progress_.begin(options_.quick ? "comparing blobs" : "hashing blobs", totals.bytes);
    std::int64_t after = 0;
    std::deque<meta::BlobRecord> rows;
    const auto next = [&]() -> Result<std::optional<meta::BlobRecord>> {
        if (rows.empty()) {
            BERTH_TRY(std::vector<meta::BlobRecord> more, read([after](db::Session& session) {
                          return meta::stored_blobs_after(session, after, kRowsAtOnce);
                      }));
            if (more.empty()) {
                return std::nullopt;
            }
            after = more.back().id;
            std::ranges::move(more, std::back_inserter(rows));
        }
        std::optional<meta::BlobRecord> row(std::move(rows.front()));
        rows.pop_front();
        return row;
    };
    return share_work<meta::BlobRecord>(
        next, [this](const meta::BlobRecord& blob) { return check_blob(blob); });
}

Result<void> Verifier::check_blob(const meta::BlobRecord& blob) {
    report_.count([&blob](VerifyCounts& counts) {
        ++counts.blobs;
        counts.blobs_in_catalog += blob.in_catalog() ? 1 : 0;
    });
    if (!blob.must_be_there()) {
        return check_state(blob);
    }
    const std::optional<Verdict> first = judge(blob);
    progress_.add(blob.size);
    if (!first) {
        return {};
    }
    // Again, as of now: it may have moved, gone, or been healed since its row was read. Damage is
    // what a second reading finds too.
    BERTH_TRY(const auto now, read([&blob](db::Session& session) {
                  return meta::find_stored_blob(session, blob.id);
              }));
    if (!now || !now->must_be_there()) {
        return {};
    }
    const std::optional<Verdict> verdict = judge(*now);
    if (!verdict) {
        return {};
    }
    // It may have gone while it was read; a location names the same bytes for ever.
    BERTH_TRY(const auto after, read([&blob](db::Session& session) {
                  return meta::find_stored_blob(session, blob.id);
              }));
    if (!after || !after->must_be_there() || after->location != now->location) {
        return {};
    }
    std::string repaired;
    if (options_.repair && verdict->kind != FindingKind::unreadable_blob) {
        BERTH_TRY(repaired, repair_blob(*now, verdict->kind));
    }
    report_.add({verdict->kind, digest_text(blob), verdict->detail, std::move(repaired)});
    return {};
}

// One found damaged earlier is a finding as long as somebody would want its bytes. A process that
// died between the mark and the move left its object in place.
Result<void> Verifier::check_state(const meta::BlobRecord& blob) {
    if (blob.state != meta::BlobState::damaged) {
        return {};
    }
    if (options_.repair && !blob.in_catalog()) {
        BERTH_TRY_VOID(quarantine_.take(blob::Location(blob.location)));
    }
    BERTH_TRY(const bool wanted, read([&blob](db::Session& session) -> Result<bool> {
                  BERTH_TRY(const auto now, meta::find_stored_blob(session, blob.id));
                  BERTH_TRY(const bool linked, meta::is_linked_anywhere(session, blob.id));
                  return linked && now && now->state == meta::BlobState::damaged;
              }));
    if (wanted) {
        report_.add({FindingKind::lost_blob, digest_text(blob),
                     "was found damaged earlier: a push of it heals it", ""});
    }
    return {};
}

std::optional<Verifier::Verdict> Verifier::judge(const meta::BlobRecord& blob) {
    if (!blob.digest) {
        return Verdict{FindingKind::damaged_catalog, "the row has no digest"};
    }
    if (!blob.in_catalog()) {
        return judge_file(blob);
    }
    if (blob.bytes.size() != blob.size) {
        return Verdict{FindingKind::damaged_blob,
                       fmt::format("has {} bytes in the catalog, its row says {}",
                                   blob.bytes.size(), blob.size)};
    }
    if (options_.quick) {
        return std::nullopt;
    }
    report_.count([&blob](VerifyCounts& counts) { counts.bytes_hashed += blob.size; });
    if (oci::digest_of(blob.digest->algorithm(), as_bytes(blob.bytes)) != *blob.digest) {
        return Verdict{FindingKind::damaged_blob, "its bytes in the catalog have another digest"};
    }
    return std::nullopt;
}

std::optional<Verifier::Verdict> Verifier::judge_file(const meta::BlobRecord& blob) {
    const auto path = layout_.blob_path(blob::Location(blob.location));
    if (!path) {
        return Verdict{FindingKind::damaged_catalog, "its location is none: " + blob.location};
    }
    const Result<io::FileHandle> file = files_->open_read(*path);
    if (!file) {
        const bool absent = file.error().code == Errc::upload_unknown;
        return Verdict{absent ? FindingKind::missing_blob : FindingKind::unreadable_blob,
                       file.error().log_detail};
    }
    const Result<std::uint64_t> size = io::file_size(*file);
    if (!size) {
        return Verdict{FindingKind::unreadable_blob, size.error().log_detail};
    }
    if (*size != blob.size) {
        return Verdict{FindingKind::damaged_blob, fmt::format("{} has {} bytes, its row says {}",
                                                              blob.location, *size, blob.size)};
    }
    if (options_.quick) {
        return std::nullopt;
    }
    const auto hash = blob::hash_object(*file, blob.size, blob.digest->algorithm());
    report_.count([&blob](VerifyCounts& counts) { counts.bytes_hashed += blob.size; });
    if (!hash) {
        const bool ends = hash.error().code == Errc::corrupt;
        return Verdict{ends ? FindingKind::damaged_blob : FindingKind::unreadable_blob,
                       blob.location + ": " + hash.error().log_detail};
    }
    if (*hash != *blob.digest) {
        return Verdict{FindingKind::damaged_blob, blob.location + " has another digest"};
    }
    return std::nullopt;
}

// The mark first: from then on nobody is sent to the object, and a push brings a new one.
Result<std::string> Verifier::repair_blob(const meta::BlobRecord& blob, FindingKind kind) {
    if (kind == FindingKind::damaged_catalog) {
        return std::string();
    }
    if (blob.in_catalog()) {
        std::string name = digest_text(blob);
        std::ranges::replace(name, ':', '-');
        BERTH_TRY_VOID(quarantine_.keep(name, as_bytes(blob.bytes)));
    }
    // All bytes in the catalog have one location: whether these are still the bad ones is asked in
    // the transaction that condemns them.
    const auto mark = [&blob](db::Session& session) -> Result<bool> {
        BERTH_TRY(const auto now, meta::find_stored_blob(session, blob.id));
        if (!now || now->bytes != blob.bytes) {
            return false;
        }
        return meta::mark_blob_damaged(session, blob.id, blob.location);
    };
    BERTH_TRY(const bool marked, change(digest_text(blob), mark));
    if (!marked) {
        return std::string();
    }
    if (blob.in_catalog()) {
        return std::string("quarantined, waits for a push");
    }
    BERTH_TRY(const bool taken, quarantine_.take(blob::Location(blob.location)));
    return std::string(taken ? "quarantined, waits for a push" : "waits for a push");
}

}  // namespace berth::app
