// SPDX-License-Identifier: Apache-2.0
//
// The keys of one issuer, kept as long as they may be believed and fetched when they have to be:
// the first time, when they are an hour old (behind the back of whoever asks), and when a token
// names one that is not among them. One fetch at a time, shared by all who wait for it. While the
// issuer cannot be reached the keys that are there go on counting for a day. Nobody can make Berth
// ask an issuer more often than every few seconds.
#pragma once

#include "auth/oidc/discovery.h"
#include "auth/oidc/web_key.h"
#include "auth/token_claims.h"
#include "base/error.h"
#include "io/task.h"
#include "telemetry/log.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace berth::auth {

/// Starts a coroutine that nobody awaits, on a thread that may do network I/O.
using Spawn = std::function<void(io::Task<void>)>;

class KeySource {
  public:
    static constexpr Seconds kRefreshAge = 3600;
    static constexpr Seconds kAgeMax = 24 * 3600;
    /// Between two fetches, whatever the first one's outcome was.
    static constexpr Seconds kPause = 10;
    static constexpr std::size_t kWaitersMax = 256;

    struct Parts {
        DocumentSource& documents;
        Spawn spawn;
        telemetry::Logger& log;
    };

    /// What `parts` refers to must outlive what was spawned.
    KeySource(Parts parts, KeyLocation location);
    ~KeySource();

    /// Any thread. The key that the issuer has under this id. Errors: token_invalid when it has
    /// none; unavailable when that could not be found out, or too many are waiting.
    io::Task<Result<WebKey>> find(std::string_view kid, SignatureAlgorithm algorithm, Seconds now);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace berth::auth
