// SPDX-License-Identifier: Apache-2.0
//
// Upload sessions that one account may have open (limits.uploads_per_account_max). Asked inside the
// transaction that inserts a session. Sessions are counted in the catalog once per account, then as
// they begin; those that end are noticed by counting anew when the sum says that all are in use. So
// the limit is never exceeded and most beginnings cost a look into a map. After a refusal it takes
// up to a second until a place that was freed is found; and an account whose sessions take long to
// count waits in proportion, so that counting never is what the writer mostly does.
//
// One per process: other processes only take sessions away. Any thread.
#pragma once

#include "base/error.h"
#include "db/sql.h"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace berth::registry {

class UploadQuota {
  public:
    using Time = std::chrono::steady_clock::time_point;

    explicit UploadQuota(std::uint32_t most) : most_(most) {}

    /// Room for one more session of `owner`, counted from now on. Errc::rate_limited when there are
    /// as many as there may be.
    Result<void> admit(db::Session& session, const std::string& owner, Time now);

  private:
    struct Count {
        std::uint32_t sessions = 0;  // at least those that are open
        Time recount_from;
    };

    Result<Count*> find(db::Session& session, const std::string& owner);
    Result<void> recount(db::Session& session, const std::string& owner, Count& count,
                         Time now) const;

    const std::uint32_t most_;
    std::mutex mutex_;
    std::unordered_map<std::string, Count> counts_;  // guarded by mutex_
};

}  // namespace berth::registry
