// SPDX-License-Identifier: Apache-2.0
#include "telemetry/line_writer.h"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace berth::telemetry {
namespace {

// After the first line of a batch the writer waits this long for more: at most a hundred wake-ups
// and a hundred batches a second, however many requests there are.
constexpr std::chrono::milliseconds kLinger{10};
// How long a stopping writer waits for a reader that takes nothing.
constexpr std::chrono::seconds kGiveUpAfter{1};
constexpr int kPollMilliseconds = 50;
// A pipe that polls writable takes this much without blocking (POSIX PIPE_BUF).
constexpr std::size_t kPieceBytes = 4096;

bool is_regular_file(int target) {
    struct stat status{};
    return ::fstat(target, &status) == 0 && S_ISREG(status.st_mode);
}

/// Length of the next piece of at most kPieceBytes, whole lines where possible: other writers of
/// the same pipe then come between lines, not into them.
std::size_t piece_length(std::string_view batch) {
    if (batch.size() <= kPieceBytes) {
        return batch.size();
    }
    const std::size_t newline = batch.rfind('\n', kPieceBytes - 1);
    return newline == std::string_view::npos ? kPieceBytes : newline + 1;
}

}  // namespace

LineWriter::LineWriter(int target, std::size_t queue_bytes_max, LossNotice notice)
    : target_(target),
      is_file_(is_regular_file(target)),
      queue_bytes_max_(queue_bytes_max),
      notice_(std::move(notice)),
      thread_([this] { run(); }) {}

LineWriter::LineWriter(Sink sink, std::size_t queue_bytes_max, LossNotice notice)
    : target_(-1),
      is_file_(false),
      sink_(std::move(sink)),
      queue_bytes_max_(queue_bytes_max),
      notice_(std::move(notice)),
      thread_([this] { run(); }) {}

LineWriter::~LineWriter() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        give_up_at_ = std::chrono::steady_clock::now() + kGiveUpAfter;
    }
    changed_.notify_one();
    thread_.join();
}

void LineWriter::push(std::string_view line) {
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        if (queue_.size() + line.size() > queue_bytes_max_) {
            ++dropped_;
            return;
        }
        first = queue_.empty();
        queue_ += line;
    }
    if (first) {
        changed_.notify_one();
    }
}

std::uint64_t LineWriter::dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
}

void LineWriter::run() {
    std::string batch;
    while (take_batch(batch)) {
        if (sink_) {
            count_lost(sink_(batch));
        } else {
            write_batch(batch);
        }
    }
}

void LineWriter::count_lost(std::uint64_t lines) {
    const std::lock_guard lock(mutex_);
    dropped_ += lines;
}

bool LineWriter::take_batch(std::string& batch) {
    batch.clear();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    changed_.wait_for(lock, kLinger, [this] { return stopping_; });
    if (queue_.empty()) {
        return false;
    }
    // The two strings change places, so neither allocates once it has grown.
    std::swap(batch, queue_);
    const std::uint64_t lost = dropped_ - std::exchange(dropped_told_, dropped_);
    lock.unlock();
    if (lost > 0) {
        notice_(batch, lost);
    }
    return true;
}

void LineWriter::write_batch(std::string_view batch) {
    while (!batch.empty()) {
        if (!is_file_ && !wait_until_writable()) {
            return;
        }
        const std::size_t length = is_file_ ? batch.size() : piece_length(batch);
        const ssize_t written = ::write(target_, batch.data(), length);
        if (written < 0 && errno != EINTR && errno != EAGAIN) {
            return;  // nowhere to tell it: the log itself is gone
        }
        batch.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
}

bool LineWriter::wait_until_writable() {
    while (true) {
        pollfd waiting{.fd = target_, .events = POLLOUT, .revents = 0};
        const int ready = ::poll(&waiting, 1, kPollMilliseconds);
        if (ready > 0) {
            return (waiting.revents & (POLLERR | POLLNVAL)) == 0;
        }
        if ((ready < 0 && errno != EINTR) || must_give_up()) {
            return false;
        }
    }
}

bool LineWriter::must_give_up() {
    const std::lock_guard lock(mutex_);
    return stopping_ && std::chrono::steady_clock::now() >= give_up_at_;
}

}  // namespace berth::telemetry
