// SPDX-License-Identifier: Apache-2.0
//
// A connected byte stream, plain or TLS, used on its loop's thread by one coroutine, or by one that
// reads and one that writes. Every operation yields to the loop after a bounded turn, so a fast
// peer cannot starve its neighbours.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "io/file.h"
#include "io/task.h"

#include <cstdint>
#include <functional>
#include <string>

namespace berth::io {

/// Told of bytes that moved, on the stream's thread.
using Progress = std::function<void()>;

class Stream {
  public:
    virtual ~Stream() = default;
    /// At least one byte, or 0 at the end of the stream. Errc::cancelled when the peer reset the
    /// connection or it was closed here.
    virtual Task<Result<std::size_t>> read_some(MutableBytes out) = 0;
    /// Writes all of `first` and then all of `second`, together where possible.
    virtual Task<Result<void>> write(ByteView first, ByteView second) = 0;
    /// Sends `length` bytes of `file` from `offset`, calling `progress` whenever some have gone
    /// out. Errc::corrupt when the file is shorter.
    virtual Task<Result<void>> send_file(const FileHandle& file, std::uint64_t offset,
                                         std::uint64_t length, const Progress& progress) = 0;
    /// Holds small writes back until released, so that a head and the start of its file share
    /// packets.
    virtual void cork(bool hold) = 0;
    /// Says "no more bytes from here"; the peer may still send.
    virtual Task<void> shutdown_send() = 0;
    /// Ends everything at once; a waiting operation answers Errc::cancelled.
    virtual void close() = 0;
};

}  // namespace berth::io
