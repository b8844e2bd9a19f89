// SPDX-License-Identifier: Apache-2.0
//
// Bytes that an HTTP/2 connection is about to write: they are put behind each other, go out in one
// write, and the room is used again. Unlike a vector it hands out room without filling it first,
// so that the pieces of a file are read to where they are sent from.
#pragma once

#include "base/bytes.h"

#include <cstddef>
#include <memory>

namespace berth::http {

class H2Output {
  public:
    /// Room for `count` bytes behind what is there; valid until the next extend().
    MutableBytes extend(std::size_t count);
    void append(ByteView bytes);

    /// Takes the last bytes back. Requires count <= size().
    void drop_last(std::size_t count);

    ByteView view() const { return {data_.get(), size_}; }

    std::size_t size() const { return size_; }

    bool empty() const { return size_ == 0; }

    void clear() { size_ = 0; }

    /// Gives the room back.
    void release();

  private:
    std::unique_ptr<std::byte[]> data_;
    std::size_t capacity_ = 0;
    std::size_t size_ = 0;
};

}  // namespace berth::http
