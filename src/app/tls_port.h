// SPDX-License-Identifier: Apache-2.0
//
// One accepted connection of a port that speaks https: its handshake, then HTTP/2 or HTTP/1.1
// as ALPN says. A peer that speaks plain HTTP there is told so.
#pragma once

#include "app/port_metrics.h"
#include "base/limits.h"
#include "http/h1_connection.h"
#include "io/blocking.h"
#include "io/loop.h"
#include "io/task.h"
#include "io/tls_context.h"
#include "telemetry/log.h"

#include <boost/asio/ip/tcp.hpp>

#include <memory>

namespace berth::app {

struct TlsPort {
    http::Service& service;
    io::BlockingPool& pool;
    const Limits& limits;
    telemetry::Logger& log;
    PortMetrics& metrics;
};

/// Runs until the connection ends, on `loop`'s thread.
io::Task<void> serve_tls(const TlsPort& port, std::shared_ptr<const io::TlsContext> context,
                         io::Loop& loop, boost::asio::ip::tcp::socket socket, http::Peer peer);

}  // namespace berth::app
