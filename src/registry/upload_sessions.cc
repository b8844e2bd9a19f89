// SPDX-License-Identifier: Apache-2.0
#include "registry/upload_sessions.h"

#include "base/assert.h"

#include <utility>

namespace berth::registry {

Result<std::optional<LiveSession>> UploadSessions::take(const UploadKey& key) {
    const std::lock_guard lock(mutex_);
    const auto found = slots_.find(key.id);
    if (found == slots_.end()) {
        return std::nullopt;
    }
    Slot& slot = found->second;
    if (slot.repository != key.repository.text() || slot.owner != key.owner) {
        return fail(Errc::upload_unknown, "session belongs to somebody else");
    }
    if (slot.held) {
        return fail(Errc::conflict, "session is held by another request");
    }
    idle_.erase(slot.idle_at);
    slot.held = true;
    return std::exchange(slot.session, std::nullopt);
}

bool UploadSessions::reserve(const UploadKey& key) {
    const std::lock_guard lock(mutex_);
    Slot slot;
    slot.repository = key.repository.text();
    slot.owner = key.owner;
    return slots_.try_emplace(key.id, std::move(slot)).second;
}

bool UploadSessions::seize(const std::string& id) {
    std::optional<LiveSession> closed;  // destroyed after the lock
    const std::lock_guard lock(mutex_);
    const auto [found, added] = slots_.try_emplace(id);
    Slot& slot = found->second;
    if (added) {
        return true;
    }
    if (slot.held) {
        return false;
    }
    idle_.erase(slot.idle_at);
    slot.held = true;
    slot.repository.clear();
    closed = std::exchange(slot.session, std::nullopt);
    return true;
}

void UploadSessions::give_back(const std::string& id, LiveSession session) {
    std::optional<LiveSession> closed;  // destroyed after the lock
    const std::lock_guard lock(mutex_);
    Slot& slot = slots_.at(id);
    BERTH_CHECK(slot.held);
    slot.held = false;
    slot.session = std::move(session);
    slot.idle_at = idle_.insert(idle_.end(), id);
    if (idle_.size() > idle_max_) {
        const auto oldest = slots_.find(idle_.front());
        closed = std::move(oldest->second.session);
        slots_.erase(oldest);
        idle_.pop_front();
    }
}

void UploadSessions::forget(const std::string& id) {
    const std::lock_guard lock(mutex_);
    slots_.erase(id);
}

std::size_t UploadSessions::idle_count() const {
    const std::lock_guard lock(mutex_);
    return idle_.size();
}

}  // namespace berth::registry
