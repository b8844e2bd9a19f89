// SPDX-License-Identifier: Apache-2.0
//
// Serves one connection: read a head, let the service answer, send, repeat. Knows no registry.
#pragma once

#include "base/limits.h"
#include "http/exchange.h"
#include "io/loop.h"
#include "io/stream.h"
#include "io/task.h"

#include <string>

namespace berth::http {

struct Peer {
    Peer(std::string remote_address, bool over_tls)
        : address(std::move(remote_address)), secure(over_tls) {}

    std::string address;
    bool secure;
};

/// Runs until the connection ends, on `loop`'s thread. References must outlive it.
io::Task<void> serve_h1(io::Loop& loop, io::Stream& stream, Peer peer, Service& service,
                        const Limits& limits);

}  // namespace berth::http
