// SPDX-License-Identifier: Apache-2.0
//
// The body of a request, pulled by whoever consumes it. Nothing is read (and no "100 Continue"
// sent) before the first read(), so a request can be refused before its body travels.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "http/body_memory.h"
#include "io/task.h"

#include <cstdint>
#include <optional>
#include <string>

namespace berth::http {

class BodyReader {
  public:
    virtual ~BodyReader() = default;
    /// Declared length; nullopt when chunked.
    virtual std::optional<std::uint64_t> length() const = 0;
    /// The next piece, empty at the end; valid until the next call. Errc::cancelled when the client
    /// went away or stalled, bad_request for broken chunk framing.
    virtual io::Task<Result<ByteView>> read() = 0;
};

/// Reads everything; `share` takes the memory for it. Errc::payload_too_large as soon as it is
/// known to exceed `bytes_max`, unavailable when there is no memory left for bodies.
io::Task<Result<std::string>> read_all(BodyReader& body, std::uint64_t bytes_max,
                                       BodyMemory::Share& share);

}  // namespace berth::http
