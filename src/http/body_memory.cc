// SPDX-License-Identifier: Apache-2.0
#include "http/body_memory.h"

namespace berth::http {

bool BodyMemory::Share::take(std::uint64_t bytes) {
    if (!memory_->take(bytes)) {
        return false;
    }
    bytes_ += bytes;
    return true;
}

bool BodyMemory::take(std::uint64_t bytes) {
    if (in_use_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= bytes_max_) {
        return true;
    }
    give_back(bytes);
    return false;
}

}  // namespace berth::http
