// SPDX-License-Identifier: Apache-2.0
//
// For tests of what consumes bodies: a BodyReader over given pieces that counts its reads and can
// end in a failure.
#pragma once

#include "http/body.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace berth::http {

class FakeBody final : public BodyReader {
  public:
    explicit FakeBody(std::vector<std::string> pieces,
                      std::optional<std::uint64_t> declared = std::nullopt)
        : pieces_(std::move(pieces)), declared_(declared) {}

    std::optional<std::uint64_t> length() const override { return declared_; }

    io::Task<Result<ByteView>> read() override {
        ++reads;
        if (next_ < pieces_.size()) {
            co_return as_bytes(pieces_[next_++]);
        }
        if (failure) {
            co_return fail(*failure, "injected");
        }
        co_return ByteView();
    }

    int reads = 0;
    /// Instead of the end.
    std::optional<Errc> failure;

  private:
    std::vector<std::string> pieces_;
    std::optional<std::uint64_t> declared_;
    std::size_t next_ = 0;
};

}  // namespace berth::http
