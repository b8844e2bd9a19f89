// SPDX-License-Identifier: Apache-2.0
#include "http/h2_output.h"

#include "base/assert.h"

#include <algorithm>
#include <cstring>

namespace berth::http {

namespace {
constexpr std::size_t kCapacityMin = 4 * kKiB;
}

MutableBytes H2Output::extend(std::size_t count) {
    if (capacity_ - size_ < count) {
        const std::size_t wanted = std::max({kCapacityMin, capacity_ * 2, size_ + count});
        auto bigger = std::make_unique_for_overwrite<std::byte[]>(wanted);
        if (size_ > 0) {
            std::memcpy(bigger.get(), data_.get(), size_);
        }
        data_ = std::move(bigger);
        capacity_ = wanted;
    }
    const MutableBytes room(data_.get() + size_, count);
    size_ += count;
    return room;
}

void H2Output::append(ByteView bytes) {
    if (!bytes.empty()) {
        std::memcpy(extend(bytes.size()).data(), bytes.data(), bytes.size());
    }
}

void H2Output::drop_last(std::size_t count) {
    BERTH_CHECK(count <= size_);
    size_ -= count;
}

void H2Output::release() {
    data_.reset();
    capacity_ = size_ = 0;
}

}  // namespace berth::http
