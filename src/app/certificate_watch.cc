// SPDX-License-Identifier: Apache-2.0
#include "app/certificate_watch.h"

#include "app/pause.h"
#include "base/clock.h"

namespace berth::app {

namespace {

constexpr std::int64_t kDaySeconds = 24 * 60 * 60;
constexpr std::int64_t kWarnDays = 14;
constexpr std::chrono::hours kBetweenWarnings{24};

std::int64_t seconds_now() {
    return now().ticks / kTicksPerSecond;
}

std::string end_of(const io::CertificateSummary& certificate) {
    return format_timestamp(Timestamp{certificate.not_after * kTicksPerSecond});
}

using Outcome = Result<std::shared_ptr<const io::TlsContext>>;

void report(const Outcome& outcome, telemetry::Logger& log) {
    if (!outcome) {
        log.failure(telemetry::Level::error, "tls_not_reloaded", outcome.error());
        return;
    }
    if (*outcome == nullptr) {
        return;
    }
    const io::CertificateSummary& certificate = (*outcome)->certificate();
    log.info("tls_reloaded", {{"subject", certificate.subject},
                              {"serial", certificate.serial},
                              {"not_after", end_of(certificate)}});
    warn_of_end(certificate, seconds_now(), log);
}

}  // namespace

io::Task<void> watch_certificate(io::Loop& loop, io::BlockingPool& pool, io::TlsKeeper& keeper,
                                 telemetry::Logger& log, std::chrono::milliseconds between) {
    Pause pause(loop);
    auto look = [&keeper] { return keeper.refresh(); };
    auto next_warning = std::chrono::steady_clock::now();
    while (!loop.draining()) {
        if (std::chrono::steady_clock::now() >= next_warning) {
            warn_of_end(keeper.current()->certificate(), seconds_now(), log);
            next_warning += kBetweenWarnings;
        }
        co_await pause.wait(between);
        if (loop.draining()) {
            break;
        }
        const Outcome outcome = co_await pool.run(look);
        // A full pool: there will be another look.
        if (outcome || outcome.error().code != Errc::unavailable) {
            report(outcome, log);
        }
    }
}

void reload_certificate(io::TlsKeeper& keeper, telemetry::Logger& log) {
    report(keeper.reload(), log);
}

void warn_of_end(const io::CertificateSummary& certificate, std::int64_t now,
                 telemetry::Logger& log) {
    const std::int64_t left = certificate.not_after - now;
    if (left >= kWarnDays * kDaySeconds) {
        return;
    }
    log.warn(left > 0 ? "certificate_ends_soon" : "certificate_has_ended",
             {{"subject", certificate.subject},
              {"serial", certificate.serial},
              {"not_after", end_of(certificate)}});
}

}  // namespace berth::app
