// SPDX-License-Identifier: Apache-2.0
//
// The body of an HTTP/2 response while it is sent: a text, or pieces of a file between texts
// (FileBody). Frames take from it what is ready; of a file that is what warm() has found in the
// page cache or brought there, so that taking never waits for a disk.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "http/message.h"
#include "io/blocking.h"
#include "io/cold_file.h"
#include "io/task.h"

#include <cstdint>
#include <optional>
#include <string>

namespace berth::http {

class H2Outgoing {
  public:
    H2Outgoing() = default;
    H2Outgoing(const H2Outgoing&) = delete;
    H2Outgoing& operator=(const H2Outgoing&) = delete;

    /// What follows: the whole of a text.
    void set_text(std::string text);
    /// What follows: a file. `pool` reads ahead of it and must outlive this.
    void set_file(FileBody body, io::BlockingPool& pool);

    std::uint64_t remaining() const { return remaining_; }

    /// How many bytes take() may ask for, at most `bytes_max`.
    std::size_t ready(std::size_t bytes_max) const;
    /// Fills `out`. Requires out.size() <= ready(). Errc::corrupt when the file is shorter.
    Result<void> take(MutableBytes out);

    /// So little is ready that warm() should be called.
    bool runs_dry() const;
    /// Returns when more is ready. Not while another warm() runs.
    io::Task<void> warm();

  private:
    /// Where the bytes at the front come from.
    struct Front {
        ByteView text;             // not empty: these
        std::uint64_t offset = 0;  // else these of the file
        std::uint64_t length = 0;
    };

    Front front() const;
    void advance(std::uint64_t count);
    const FileBody::Piece* piece() const;

    std::string text_;  // without a file
    std::optional<FileBody> file_;
    std::optional<io::PageCacheProbe> probe_;
    std::size_t piece_ = 0;       // pieces.size(): in `after`
    std::uint64_t position_ = 0;  // in the piece with its text, in `after` or in text_
    std::uint64_t warm_to_ = 0;   // of the file: ready up to this offset, in this piece
    std::uint64_t remaining_ = 0;
};

}  // namespace berth::http
