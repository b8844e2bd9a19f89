// SPDX-License-Identifier: Apache-2.0
//
// Counts what a client can send without getting anywhere: resets (CVE-2023-44487), and frames that
// move no request on (CVE-2019-9511 to 9518). Each has a budget per second; a client that exceeds
// one is cut off.
#pragma once

#include "base/limits.h"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace berth::http {

/// How often something happened in the current second.
class H2Rate {
  public:
    explicit H2Rate(std::uint32_t per_second_max) : max_(per_second_max) {}

    /// False: too often.
    bool count(std::chrono::steady_clock::time_point now);

  private:
    const std::uint32_t max_;
    std::uint32_t counted_ = 0;
    std::chrono::steady_clock::time_point since_;
};

class H2Guard {
  public:
    explicit H2Guard(const Limits& limits)
        : resets_(limits.http2_resets_per_second_max),
          idle_frames_(limits.http2_idle_frames_per_second_max) {}

    /// A stream was reset, by the client or because of what it sent. False: cut it off.
    bool reset();
    /// A frame that moves nothing. False: cut the client off.
    bool idle_frame();

    /// A client that downloads must say so: what it was sent pays for its WINDOW_UPDATEs.
    void sent(std::size_t body_bytes);
    bool window_update();

  private:
    H2Rate resets_;
    H2Rate idle_frames_;
    std::size_t unpaid_bytes_ = 0;
    std::uint32_t paid_updates_ = 0;
};

}  // namespace berth::http
