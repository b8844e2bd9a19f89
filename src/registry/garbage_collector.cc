// SPDX-License-Identifier: Apache-2.0
#include "registry/garbage_collector.h"

#include "base/try.h"
#include "meta/upkeep.h"
#include "registry/garbage_record.h"

#include <utility>

namespace berth::registry {
namespace {

/// Rows looked at in one step: well under a millisecond when they are in memory.
constexpr std::uint32_t kRowsPerStep = 128;
/// Objects removed in one step; a large file takes the disk a while.
constexpr std::uint32_t kRemovalsPerStep = 32;

constexpr std::string_view kBarrier = "garbage.removals";

Timestamp before_now(std::chrono::milliseconds age) {
    return Timestamp{now().ticks - age.count() * (kTicksPerSecond / 1000)};
}

}  // namespace

GarbageCollector::GarbageCollector(db::Database& database, blob::BlobStore& store,
                                   GarbagePolicy policy, Report report)
    : database_(database), store_(store), policy_(policy), report_(std::move(report)) {}

io::Task<Result<void>> GarbageCollector::step() {
    if (phase_ == Phase::begin) {
        begin_cycle();
    }
    const Phase before = phase_;
    Result<void> ran = co_await run_phase();
    if (!ran) {
        // What fails now may fail again at once: the other kinds of work come first.
        phase_ = before == Phase::end ? Phase::begin
                                      : static_cast<Phase>(static_cast<std::uint8_t>(before) + 1);
        const std::lock_guard lock(mutex_);
        ++statistics_.failures;
        statistics_.running = in_cycle();
    }
    co_return ran;
}

GarbageStatistics GarbageCollector::statistics() const {
    const std::lock_guard lock(mutex_);
    return statistics_;
}

void GarbageCollector::begin_cycle() {
    phase_ = Phase::links;
    after_link_ = meta::LinkKey();
    after_blob_.reset();
    after_removable_ = meta::RemovableKey();
    next_part_ = 0;
    objects_.clear();
    strangers_ = 0;
    cycle_ = GarbageTotals();
    started_ = now();
    const std::lock_guard lock(mutex_);
    statistics_.running = true;
    statistics_.last_started = started_;
}

io::Task<Result<void>> GarbageCollector::run_phase() {
    switch (phase_) {
        case Phase::links:
            return step_links();
        case Phase::blobs:
            return step_blobs();
        case Phase::removals:
            return step_removals();
        case Phase::objects:
            return step_objects();
        default:
            return finish_cycle();
    }
}

Timestamp GarbageCollector::grace_start() const {
    return before_now(policy_.grace);
}

Timestamp GarbageCollector::read_grace_start() const {
    return before_now(policy_.read_grace);
}

io::Task<Result<void>> GarbageCollector::step_links() {
    const Timestamp before = grace_start();
    auto scan = [&](db::Session& session) -> Result<Scanned> {
        Scanned scanned;
        BERTH_TRY(scanned.links, meta::scan_links(session, after_link_, before, kRowsPerStep));
        if (policy_.dry_run) {
            for (const meta::IdleLink& link : scanned.links.idle) {
                BERTH_TRY(GarbageItem item, link_item(session, link));
                scanned.forecast.items.push_back(std::move(item));
            }
        }
        return scanned;
    };
    BERTH_CO_TRY(Scanned found, co_await database_.read(scan));
    const meta::LinkScan& links = found.links;
    if (!policy_.dry_run && !links.idle.empty()) {
        auto drop = [&](db::Session& session) { return drop_links(session, links.idle, before); };
        // Relaxed: what a power cut brings back goes the next time, and no byte goes before a
        // durable write that is later than this one.
        BERTH_CO_TRY(found.forecast, co_await database_.write(drop, db::Durability::relaxed));
    }
    note(found.forecast);
    after_link_ = links.last;
    if (!links.more) {
        phase_ = Phase::blobs;
    }
    co_return Result<void>();
}

Result<GarbageCollector::Changes> GarbageCollector::drop_links(
    db::Session& session, const std::vector<meta::IdleLink>& idle, Timestamp before) const {
    Changes changes;
    for (const meta::IdleLink& link : idle) {
        BERTH_TRY(GarbageItem item, link_item(session, link));
        BERTH_TRY(const bool dropped, meta::drop_idle_link(session, link.key, before));
        if (!dropped) {
            continue;
        }
        changes.items.push_back(std::move(item));
        BERTH_TRY(std::optional<meta::UnheldBlob> blob,
                  meta::condemn_blob(session, link.key.blob, now()));
        if (blob) {
            changes.condemned.push_back(*std::move(blob));
        }
    }
    return changes;
}

Result<GarbageItem> GarbageCollector::link_item(db::Session& session,
                                                const meta::IdleLink& link) const {
    GarbageItem item(GarbageKind::link, link.digest.text());
    if (report_) {
        BERTH_TRY(item.repository, meta::name_of_repository(session, link.key.repository));
    }
    return item;
}

// Links go by other ways, too: somebody deletes the blob in a repository, or the repository.
io::Task<Result<void>> GarbageCollector::step_blobs() {
    auto scan = [&](db::Session& session) {
        return policy_.dry_run
                   ? meta::forecast_blobs(session, after_blob_, grace_start(), kRowsPerStep)
                   : meta::scan_blobs(session, after_blob_, kRowsPerStep);
    };
    BERTH_CO_TRY(meta::BlobScan found, co_await database_.read(scan));
    Changes changes;
    if (policy_.dry_run) {
        changes.condemned = std::move(found.unheld);
    } else if (!found.unheld.empty()) {
        auto condemn = [&](db::Session& session) -> Result<Changes> {
            Changes made;
            for (const meta::UnheldBlob& one : found.unheld) {
                BERTH_TRY(std::optional<meta::UnheldBlob> blob,
                          meta::condemn_blob(session, one.id, now()));
                if (blob) {
                    made.condemned.push_back(*std::move(blob));
                }
            }
            return made;
        };
        BERTH_CO_TRY(changes, co_await database_.write(condemn, db::Durability::relaxed));
    }
    note(changes);
    if (policy_.dry_run && policy_.read_grace.count() == 0) {
        note_removed(changes.condemned);
    }
    after_blob_ = found.last;
    if (!found.more) {
        phase_ = Phase::removals;
    }
    co_return Result<void>();
}

io::Task<Result<void>> GarbageCollector::step_removals() {
    const Timestamp before = read_grace_start();
    auto scan = [&](db::Session& session) {
        return meta::scan_removable(session, after_removable_, before, kRemovalsPerStep);
    };
    BERTH_CO_TRY(const meta::RemovableScan found, co_await database_.read(scan));
    auto begin = [&](db::Session& session) -> Result<std::vector<meta::UnheldBlob>> {
        std::vector<meta::UnheldBlob> leaving;
        if (!policy_.dry_run) {
            // So that there is something to write: making durable what others wrote costs much
            // more, and has to wait for readers of other processes.
            BERTH_TRY_VOID(meta::set_upkeep(session, kBarrier, "removals", now()));
        }
        BERTH_TRY(const bool kept, meta::are_bytes_kept(session, now()));
        if (kept) {
            return leaving;
        }
        for (const std::int64_t id : found.blobs) {
            BERTH_TRY(std::optional<meta::UnheldBlob> blob,
                      policy_.dry_run ? meta::find_removable(session, id, before)
                                      : meta::begin_removal(session, id, before));
            if (blob) {
                leaving.push_back(*std::move(blob));
            }
        }
        return leaving;
    };
    if (policy_.dry_run) {
        BERTH_CO_TRY(const auto leaving, co_await database_.read(begin));
        note_removed(leaving);
    } else if (!found.blobs.empty()) {
        // Durable: after a power cut no row may name, as live, bytes that are gone.
        BERTH_CO_TRY(const auto leaving, co_await database_.write(begin));
        BERTH_CO_TRY_VOID(co_await remove_blobs(leaving));
    }
    after_removable_ = found.last;
    if (!found.more) {
        phase_ = Phase::objects;
    }
    co_return Result<void>();
}

io::Task<Result<void>> GarbageCollector::remove_blobs(
    const std::vector<meta::UnheldBlob>& leaving) {
    std::vector<meta::UnheldBlob> gone;
    for (const meta::UnheldBlob& blob : leaving) {
        Result<void> removed;
        if (!blob.in_catalog()) {
            const blob::Location location(blob.location);
            removed = co_await store_.remove(location);
        }
        if (removed) {
            gone.push_back(blob);
        } else {
            cycle_.removal_failures += 1;
        }
    }
    if (gone.empty()) {
        co_return Result<void>();
    }
    auto finish = [&](db::Session& session) -> Result<std::vector<meta::UnheldBlob>> {
        std::vector<meta::UnheldBlob> finished;
        for (const meta::UnheldBlob& blob : gone) {
            BERTH_TRY(const bool dropped, meta::finish_removal(session, blob));
            if (dropped) {
                finished.push_back(blob);
            }
        }
        return finished;
    };
    // Relaxed: a row that comes back says "deleting", and is met again.
    BERTH_CO_TRY(const auto finished, co_await database_.write(finish, db::Durability::relaxed));
    note_removed(finished);
    co_return Result<void>();
}

io::Task<Result<void>> GarbageCollector::finish_cycle() {
    const Timestamp finished = now();
    if (!policy_.dry_run) {
        const std::string record = garbage_record(cycle_, strangers_, started_, finished);
        auto remember = [&](db::Session& session) {
            return meta::set_upkeep(session, kGarbageRecordName, record, finished);
        };
        BERTH_CO_TRY_VOID(co_await database_.write(remember, db::Durability::relaxed));
    }
    phase_ = Phase::begin;
    const std::lock_guard lock(mutex_);
    statistics_.running = false;
    statistics_.last_cycle = cycle_;
    statistics_.strangers = strangers_;
    statistics_.last_finished = finished;
    ++statistics_.cycles;
    statistics_.total.add(cycle_);
    co_return Result<void>();
}

void GarbageCollector::note(const Changes& changes) {
    cycle_.links_dropped += changes.items.size();
    for (const GarbageItem& item : changes.items) {
        tell(item);
    }
    for (const meta::UnheldBlob& blob : changes.condemned) {
        cycle_.condemned.add(blob.size);
        tell(GarbageItem(GarbageKind::condemned, blob.digest.text(), blob.size));
    }
}

void GarbageCollector::note_removed(const std::vector<meta::UnheldBlob>& removed) {
    for (const meta::UnheldBlob& blob : removed) {
        cycle_.removed.add(blob.size);
        tell(GarbageItem(GarbageKind::blob, blob.digest.text(), blob.size));
    }
}

void GarbageCollector::tell(const GarbageItem& item) const {
    if (report_) {
        report_(item);
    }
}

}  // namespace berth::registry
