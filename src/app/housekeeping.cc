// SPDX-License-Identifier: Apache-2.0
#include "app/housekeeping.h"

#include "app/pause.h"
#include "base/clock.h"

#include <chrono>

namespace berth::app {

namespace {

constexpr std::chrono::minutes kBetweenExpiries{10};
constexpr std::chrono::hours kBetweenPrunings{1};
/// A deleted repository has been resting for a while before there is something to do.
constexpr std::chrono::seconds kBetweenLooks{30};
/// Between two steps of tidying up the database's writer is free for requests.
constexpr std::chrono::milliseconds kBetweenSteps{10};

io::Task<void> drop_orphans(registry::UploadService& uploads, telemetry::Logger& log) {
    const Result<std::uint32_t> orphans = co_await uploads.drop_orphans();
    if (!orphans) {
        log.failure(telemetry::Level::warn, "orphan_uploads_kept", orphans.error());
    } else if (*orphans > 0) {
        log.info("orphan_uploads_dropped", {{"count", *orphans}});
    }
}

io::Task<void> expire_uploads(registry::UploadService& uploads, telemetry::Logger& log) {
    const Result<std::uint32_t> expired = co_await uploads.expire_sessions();
    if (!expired) {
        log.failure(telemetry::Level::warn, "upload_expiry_failed", expired.error());
    } else if (*expired > 0) {
        log.info("uploads_expired", {{"count", *expired}});
    }
}

io::Task<void> prune_keys(auth::KeyRing& keys, telemetry::Logger& log) {
    const Result<std::size_t> removed = co_await keys.prune(now().ticks / kTicksPerSecond);
    if (!removed) {
        log.failure(telemetry::Level::warn, "old_keys_kept", removed.error());
    } else if (*removed > 0) {
        log.info("old_keys_removed", {{"count", std::uint64_t{*removed}}});
    }
}

/// True when there is more to do at once. After a failure there is not: it may last.
io::Task<bool> tidy_up(registry::MetadataService& metadata, telemetry::Logger& log) {
    const Result<bool> more = co_await metadata.tidy_up();
    if (!more) {
        log.failure(telemetry::Level::warn, "tidy_up_failed", more.error());
        co_return false;
    }
    co_return *more;
}

}  // namespace

io::Task<void> keep_house(io::Loop& loop, registry::UploadService& uploads,
                          registry::MetadataService& metadata, auth::KeyRing& keys,
                          telemetry::Logger& log) {
    Pause pause(loop);
    auto next_expiry = std::chrono::steady_clock::now();
    auto next_pruning = next_expiry;
    while (!loop.draining()) {
        if (std::chrono::steady_clock::now() >= next_expiry) {
            co_await drop_orphans(uploads, log);
            co_await expire_uploads(uploads, log);
            next_expiry = std::chrono::steady_clock::now() + kBetweenExpiries;
        }
        if (std::chrono::steady_clock::now() >= next_pruning) {
            co_await prune_keys(keys, log);
            next_pruning = std::chrono::steady_clock::now() + kBetweenPrunings;
        }
        const bool more = co_await tidy_up(metadata, log);
        if (!loop.draining()) {
            co_await pause.wait(more ? kBetweenSteps : kBetweenLooks);
        }
    }
}

}  // namespace berth::app
