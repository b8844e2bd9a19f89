// SPDX-License-Identifier: Apache-2.0
#include "http/h2_outgoing.h"

#include "base/assert.h"
#include "base/limits.h"
#include "base/try.h"

#include <algorithm>
#include <cstring>

namespace berth::http {

namespace {
/// One step of warm(): as much as one turn of a connection sends.
constexpr std::uint64_t kWindowBytes = kTurnBytesMax;
/// With less than this ready, the next window is warmed while the rest goes out.
constexpr std::uint64_t kDryBytes = kWindowBytes / 2;
}  // namespace

void H2Outgoing::set_text(std::string text) {
    text_ = std::move(text);
    remaining_ = text_.size();
}

void H2Outgoing::set_file(FileBody body, io::BlockingPool& pool) {
    remaining_ = body.size();
    file_.emplace(std::move(body));
    probe_.emplace(file_->file, pool);
    advance(0);
}

const FileBody::Piece* H2Outgoing::piece() const {
    return file_ && piece_ < file_->pieces.size() ? &file_->pieces[piece_] : nullptr;
}

H2Outgoing::Front H2Outgoing::front() const {
    Front front;
    const FileBody::Piece* current = piece();
    const std::string& last = file_ ? file_->after : text_;
    const std::string& text = current != nullptr ? current->before : last;
    if (position_ < text.size()) {
        front.text = as_bytes(text).subspan(static_cast<std::size_t>(position_));
    } else if (current != nullptr) {
        const std::uint64_t done = position_ - text.size();
        front.offset = current->offset + done;
        front.length = current->length - done;
    }
    return front;
}

/// Moves on, over the ends of pieces.
void H2Outgoing::advance(std::uint64_t count) {
    position_ += count;
    remaining_ -= count;
    while (const FileBody::Piece* current = piece()) {
        if (position_ < current->before.size() + current->length) {
            return;
        }
        position_ = 0;
        warm_to_ = 0;
        ++piece_;
    }
}

std::size_t H2Outgoing::ready(std::size_t bytes_max) const {
    const Front now = front();
    std::uint64_t count = now.text.size();
    if (now.length > 0 && warm_to_ > now.offset) {
        count = std::min(now.length, warm_to_ - now.offset);
    }
    return static_cast<std::size_t>(std::min<std::uint64_t>(count, bytes_max));
}

Result<void> H2Outgoing::take(MutableBytes out) {
    BERTH_CHECK(out.size() <= ready(out.size()));
    const Front now = front();
    if (!now.text.empty()) {
        std::memcpy(out.data(), now.text.data(), out.size());
    } else {
        BERTH_TRY_VOID(io::read_exactly(file_->file, out, now.offset));
    }
    advance(out.size());
    return {};
}

bool H2Outgoing::runs_dry() const {
    const Front now = front();
    if (now.length == 0) {
        return false;
    }
    const std::uint64_t end = now.offset + now.length;
    return warm_to_ < end && warm_to_ < now.offset + kDryBytes;
}

io::Task<void> H2Outgoing::warm() {
    const Front now = front();
    const std::uint64_t from = std::max(now.offset, warm_to_);
    const std::uint64_t end = now.offset + now.length;
    const std::uint64_t count = std::min(kWindowBytes, end - from);
    const std::size_t of_piece = piece_;
    co_await probe_->warm(from, count, end);
    if (piece_ == of_piece) {
        warm_to_ = from + count;
    }
}

}  // namespace berth::http
