// SPDX-License-Identifier: Apache-2.0
//
// The one Watch of an HTTP/2 connection serves the deadlines of all its streams: it is set to the
// earliest of them. Setting a deadline that is later than that costs a comparison; whoever is woken
// by the Watch looks which deadlines have passed.
#pragma once

#include "io/loop.h"

#include <chrono>

namespace berth::http {

class H2Deadline {
  public:
    using Time = std::chrono::steady_clock::time_point;

    static constexpr Time kNever = Time::max();

    explicit H2Deadline(io::Watch& watch) : watch_(watch) {}

    /// The Watch must look at `time`, or before.
    void expect(Time time) {
        if (time < earliest_) {
            set(time);
        }
    }

    /// The Watch must look at `time`, not before.
    void set(Time time) {
        earliest_ = time;
        const auto now = std::chrono::steady_clock::now();
        watch_.set_deadline(time == kNever ? kFarAway : time - now);
    }

  private:
    static constexpr std::chrono::steady_clock::duration kFarAway = std::chrono::hours(24 * 365);

    io::Watch& watch_;
    Time earliest_ = kNever;
};

}  // namespace berth::http
