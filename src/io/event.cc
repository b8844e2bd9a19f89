// SPDX-License-Identifier: Apache-2.0
#include "io/event.h"

#include <functional>
#include <utility>

namespace berth::io {

Task<void> Event::wait() {
    if (!notified_) {
        std::function<void(Signal)> keep = [this](Signal signal) { waiter_ = std::move(signal); };
        co_await wait_for_signal(keep);
    }
    notified_ = false;
}

void Event::notify() {
    notified_ = true;
    if (waiter_) {
        std::exchange(waiter_, nullptr)();
    }
}

}  // namespace berth::io
