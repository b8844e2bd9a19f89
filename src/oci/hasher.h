// SPDX-License-Identifier: Apache-2.0
//
// Streaming hash over OpenSSL EVP. One object, one stream of bytes; not shared between threads.
#pragma once

#include "base/bytes.h"
#include "oci/digest.h"

#include <memory>

namespace berth::oci {

class Hasher {
  public:
    explicit Hasher(Algorithm algorithm);
    ~Hasher();
    Hasher(Hasher&&) noexcept;
    Hasher& operator=(Hasher&&) noexcept;

    Algorithm algorithm() const { return algorithm_; }

    void update(ByteView bytes);
    /// A second stream that starts with the bytes of this one: tells the digest so far and lets
    /// this one go on.
    Hasher copy() const;
    /// Ends the stream; update() and finish() must not be called again.
    Digest finish();

  private:
    struct State;
    Algorithm algorithm_;
    std::unique_ptr<State> state_;
};

/// Digest of bytes at hand.
Digest digest_of(Algorithm algorithm, ByteView bytes);

}  // namespace berth::oci
