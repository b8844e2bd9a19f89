// SPDX-License-Identifier: Apache-2.0
//
// The upload sessions this process has in memory: which are held by a request, and what is live of
// those that are not (few bytes, or an open file and a running hash). Any thread; the lock is never
// held while a file or the database is touched. A session that is not in here may still exist as a
// row.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "registry/session_bytes.h"
#include "registry/upload_service.h"

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace berth::registry {

struct LiveSession {
    LiveSession(SessionBytes session_bytes, Timestamp last_touch)
        : bytes(std::move(session_bytes)), touched(last_touch) {}

    SessionBytes bytes;
    Timestamp touched;            // when the row's expiry clock was last moved
    bool row_is_durable = false;  // the row survives a power cut
    bool row_has_bytes = false;   // perhaps: then they are what the next process goes on from
    std::uint64_t kept = 0;       // bytes in memory that the row durably has, too
    std::uint64_t synced = 0;     // of the file, as the row durably says
};

class UploadSessions {
  public:
    /// At most `idle_max` unheld sessions stay live; the longest unused are closed.
    explicit UploadSessions(std::size_t idle_max) : idle_max_(idle_max) {}

    /// Takes hold of a session in memory; nullopt when it is not there. Errc::upload_unknown when
    /// it is somebody else's, conflict when a request holds it.
    Result<std::optional<LiveSession>> take(const UploadKey& key);
    /// Marks a session that is not in memory as held. False when it is there by now.
    bool reserve(const UploadKey& key);
    /// Marks any session as held by nobody a request could be. False when a request holds it.
    bool seize(const std::string& id);
    /// Ends a hold; the session stays live.
    void give_back(const std::string& id, LiveSession session);
    /// Ends a hold; the session is no longer in memory.
    void forget(const std::string& id);

    std::size_t idle_count() const;

  private:
    struct Slot {
        std::string repository;
        std::string owner;
        bool held = true;
        std::optional<LiveSession> session;        // while not held
        std::list<std::string>::iterator idle_at;  // meaningful while not held
    };

    using Slots = std::unordered_map<std::string, Slot>;

    const std::size_t idle_max_;
    mutable std::mutex mutex_;
    Slots slots_;                  // guarded by mutex_
    std::list<std::string> idle_;  // guarded by mutex_; longest unused first
};

}  // namespace berth::registry
