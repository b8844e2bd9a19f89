// SPDX-License-Identifier: Apache-2.0
//
// GarbageCollector: objects of the store that no row names.
//
// An object's name has the id of its upload. The row of an upload is there before the object is,
// and goes in the transaction that puts the blob's row, or later, or because the upload is over. So
// of an object that was listed, a later snapshot has the upload's row, or the blob's that names it,
// or nothing will ever name it.
#include "base/try.h"
#include "meta/upkeep.h"
#include "registry/garbage_collector.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace berth::registry {
namespace {

/// Objects looked up in one step.
constexpr std::size_t kObjectsPerStep = 128;
/// Directories listed in one step, while they have little.
constexpr std::size_t kPartsPerStep = 32;

constexpr std::string_view kBarrier = "garbage.orphans";

Result<std::vector<blob::StoredObject>> orphans_among(
    db::Session& session, const std::vector<blob::StoredObject>& objects) {
    std::vector<blob::StoredObject> orphans;
    BERTH_TRY(const bool kept, meta::are_bytes_kept(session, now()));
    if (kept) {
        return orphans;
    }
    for (const blob::StoredObject& object : objects) {
        BERTH_TRY(
            const bool orphan,
            meta::is_orphan_object(session, object.digest, object.location.text, object.upload_id));
        if (orphan) {
            orphans.push_back(object);
        }
    }
    return orphans;
}

}  // namespace

io::Task<Result<void>> GarbageCollector::step_objects() {
    BERTH_CO_TRY_VOID(co_await list_more());
    const std::size_t count = std::min(objects_.size(), kObjectsPerStep);
    const auto first = objects_.end() - static_cast<std::ptrdiff_t>(count);
    const std::vector<blob::StoredObject> some(std::make_move_iterator(first),
                                               std::make_move_iterator(objects_.end()));
    objects_.erase(first, objects_.end());
    auto find = [&](db::Session& session) { return orphans_among(session, some); };
    BERTH_CO_TRY(const auto suspects, co_await database_.read(find));
    if (!suspects.empty()) {
        BERTH_CO_TRY_VOID(co_await remove_orphans(suspects));
    }
    if (objects_.empty() && next_part_ >= store_.object_parts()) {
        phase_ = Phase::end;
    }
    co_return Result<void>();
}

io::Task<Result<void>> GarbageCollector::list_more() {
    for (std::size_t listed = 0; listed < kPartsPerStep; ++listed) {
        if (objects_.size() >= kObjectsPerStep || next_part_ >= store_.object_parts()) {
            break;
        }
        const std::size_t part = next_part_++;
        BERTH_CO_TRY(blob::ObjectList list, co_await store_.list_objects(part));
        std::ranges::move(list.objects, std::back_inserter(objects_));
        strangers_ += list.strangers.size();
        for (std::string& name : list.strangers) {
            tell(GarbageItem(GarbageKind::stranger, std::move(name)));
        }
    }
    co_return Result<void>();
}

// Durable, and with something to write: a commit that failed, of a push that was told so, could
// otherwise come back with a power cut and name what was removed here.
io::Task<Result<void>> GarbageCollector::remove_orphans(
    const std::vector<blob::StoredObject>& suspects) {
    auto confirm = [&](db::Session& session) -> Result<std::vector<blob::StoredObject>> {
        BERTH_TRY(auto orphans, orphans_among(session, suspects));
        const Timestamp at = now();
        BERTH_TRY_VOID(meta::set_upkeep(session, kBarrier, std::to_string(at.ticks), at));
        return orphans;
    };
    std::vector<blob::StoredObject> orphans = suspects;
    if (!policy_.dry_run) {
        BERTH_CO_TRY(orphans, co_await database_.write(confirm));
    }
    for (const blob::StoredObject& orphan : orphans) {
        const Result<std::uint64_t> size = co_await store_.size_of(orphan.location);
        Result<void> removed;
        if (!policy_.dry_run) {
            removed = co_await store_.remove(orphan.location);
        }
        if (!removed) {
            cycle_.removal_failures += 1;
            continue;
        }
        cycle_.orphans.add(size.value_or(0));
        tell(GarbageItem(GarbageKind::orphan, orphan.location.text, size.value_or(0)));
    }
    co_return Result<void>();
}

}  // namespace berth::registry
