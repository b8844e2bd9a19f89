// SPDX-License-Identifier: Apache-2.0
//
// One request of an HTTP/2 connection: what came, what goes, and how it ended. The session's
// callbacks write it down here; the stream's coroutine waits for `changed` and looks.
#pragma once

#include "base/limits.h"
#include "http/h2_head.h"
#include "http/h2_outgoing.h"
#include "io/event.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace berth::http {

struct H2Stream {
    explicit H2Stream(std::int32_t stream_id) : id(stream_id) {}

    const std::int32_t id;
    io::Event changed;

    // The request.
    H2Head head;
    bool head_ended = false;
    /// Body bytes that nobody took yet. Never more than the stream's window.
    std::vector<std::byte> arrived;
    bool request_ended = false;
    /// Nobody wants the rest of the body: what comes is counted and dropped.
    bool discarding = false;
    std::uint64_t discarded = 0;

    // The response.
    H2Outgoing outgoing;
    bool starved = false;  // outgoing had nothing ready when it was asked
    bool framed = false;   // its last frame is made
    bool settled = false;  // and written; or it will never be
    std::move_only_function<void()> when_settled;
    std::uint64_t bytes_out = 0;
    std::uint64_t sent_lately = 0;  // of the body, since the deadline was set

    /// Ended in both directions, by a reset, or with its connection.
    bool closed = false;
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
    /// When it is over whatever progress it makes.
    std::chrono::steady_clock::time_point latest = std::chrono::steady_clock::time_point::max();
};

}  // namespace berth::http
