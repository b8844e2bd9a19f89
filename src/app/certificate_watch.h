// SPDX-License-Identifier: Apache-2.0
//
// Keeps the server's certificate current and speaks about it: takes new files when they change or
// when told to (SIGHUP), and warns before the certificate ends. A bad pair of files is logged once
// per change and changes nothing.
#pragma once

#include "io/blocking.h"
#include "io/loop.h"
#include "io/task.h"
#include "io/tls_keeper.h"
#include "telemetry/log.h"

#include <chrono>

namespace berth::app {

/// How often the files are looked at.
inline constexpr std::chrono::seconds kBetweenCertificateLooks{2};

/// Looks at the files until `loop` drains; spawn on its thread. References must outlive it.
io::Task<void> watch_certificate(io::Loop& loop, io::BlockingPool& pool, io::TlsKeeper& keeper,
                                 telemetry::Logger& log,
                                 std::chrono::milliseconds between = kBetweenCertificateLooks);

/// Reads the files now. Blocks.
void reload_certificate(io::TlsKeeper& keeper, telemetry::Logger& log);

/// Warns when less than two weeks are left at `now`, seconds since 1970.
void warn_of_end(const io::CertificateSummary& certificate, std::int64_t now,
                 telemetry::Logger& log);

}  // namespace berth::app
