// SPDX-License-Identifier: Apache-2.0
#include "http/h2_guard.h"

#include <algorithm>

namespace berth::http {

namespace {
/// What Go's client, the most talkative, takes between two pairs of updates (connection, stream).
constexpr std::size_t kBytesPerUpdate = 2 * kKiB;
/// Nobody may save up for a flood.
constexpr std::uint32_t kPaidUpdatesMax = 64 * 1024;
}  // namespace

bool H2Rate::count(std::chrono::steady_clock::time_point now) {
    if (now - since_ >= std::chrono::seconds(1)) {
        since_ = now;
        counted_ = 0;
    }
    return ++counted_ <= max_;
}

bool H2Guard::reset() {
    return resets_.count(std::chrono::steady_clock::now());
}

bool H2Guard::idle_frame() {
    return idle_frames_.count(std::chrono::steady_clock::now());
}

void H2Guard::sent(std::size_t body_bytes) {
    unpaid_bytes_ += body_bytes;
    const std::size_t updates = unpaid_bytes_ / kBytesPerUpdate;
    unpaid_bytes_ -= updates * kBytesPerUpdate;
    paid_updates_ =
        static_cast<std::uint32_t>(std::min<std::size_t>(paid_updates_ + updates, kPaidUpdatesMax));
}

bool H2Guard::window_update() {
    if (paid_updates_ > 0) {
        --paid_updates_;
        return true;
    }
    return idle_frame();
}

}  // namespace berth::http
