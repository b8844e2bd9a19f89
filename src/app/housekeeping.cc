// SPDX-License-Identifier: Apache-2.0
#include "app/housekeeping.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace berth::app {

namespace {

constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);
constexpr std::chrono::minutes kPause{10};

/// The wait between rounds; a drain ends it early.
class Pause final : public io::Watch {
  public:
    explicit Pause(io::Loop& loop) : Watch(loop), timer_(loop.context()) {}

    io::Task<void> wait() {
        timer_.expires_after(kPause);
        co_await timer_.async_wait(kAwait);
    }

    void drain() override { timer_.cancel(); }

    void expire() override { timer_.cancel(); }

  private:
    boost::asio::steady_timer timer_;
};

}  // namespace

io::Task<void> keep_house(io::Loop& loop, registry::UploadService& uploads,
                          telemetry::Logger& log) {
    Pause pause(loop);
    const Result<std::uint32_t> orphans = co_await uploads.drop_orphans();
    if (!orphans) {
        log.failure(telemetry::Level::warn, "orphan_uploads_kept", orphans.error());
    } else if (*orphans > 0) {
        log.info("orphan_uploads_dropped", {{"count", *orphans}});
    }
    while (!loop.draining()) {
        const Result<std::uint32_t> expired = co_await uploads.expire_sessions();
        if (!expired) {
            log.failure(telemetry::Level::warn, "upload_expiry_failed", expired.error());
        } else if (*expired > 0) {
            log.info("uploads_expired", {{"count", *expired}});
        }
        if (!loop.draining()) {
            co_await pause.wait();
        }
    }
}

}  // namespace berth::app
