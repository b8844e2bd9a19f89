// SPDX-License-Identifier: Apache-2.0
//
// The keep-alive state machine. Reads top to bottom: run -> serve_one -> read_head, answer, send,
// finish_body. The only deadline is the Watch's; the loop's sweep closes what exceeds it.
#include "http/h1_connection.h"

#include "base/try.h"
#include "http/h1_body.h"
#include "http/h1_head.h"
#include "http/h1_response.h"
#include "http/h1_rules.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <vector>

namespace berth::http {

namespace {

/// Holds most heads whole; an idle connection keeps it.
constexpr std::size_t kFirstRead = 2 * kKiB;
/// A connection that drains waits so long for what its client may have sent meanwhile.
constexpr std::chrono::milliseconds kLastRequest{300};
/// A longer text goes out in pieces of this size, each with the time of its own: a client that
/// takes it slowly makes progress.
constexpr std::size_t kTextPieceBytes = 64 * kKiB;
constexpr std::string_view kHeadEnd = "\r\n\r\n";

using SteadyClock = std::chrono::steady_clock;

class Connection final : public io::Watch {
  public:
    Connection(io::Loop& loop, io::Stream& stream, Peer peer, Service& service,
               const Limits& limits)
        : Watch(loop),
          loop_(loop),
          stream_(stream),
          peer_(std::move(peer)),
          service_(service),
          limits_(limits) {}

    io::Task<void> run();

    // The first time a request may be on its way already: it is answered, as the last one.
    void drain() override {
        if (over_ || (idle_ && told_)) {
            stream_.close();
        }
        told_ = true;
    }

    void expire() override {
        late_ = !loop_.draining();
        stream_.close();
    }

  private:
    enum class Next : std::uint8_t { request, close };
    enum class HeadState : std::uint8_t { complete, closed, refused };

    io::Task<Next> serve_one();
    std::optional<ProtocolError> check_partial_head() const;
    std::chrono::milliseconds idle_time() const;
    void note_late_head();
    io::Task<HeadState> read_head();
    io::Task<void> refuse(ProtocolError error);
    void note_refused(const ProtocolError& error, const Response& response, bool sent);
    io::Task<Next> exchange(H1Request& request);
    io::Task<Result<void>> send(Response& response, bool head_only, bool keep_alive);
    io::Task<Result<void>> send_long_text(ByteView content);
    io::Task<Result<void>> send_with_file(FileBody& file);
    io::Task<Result<void>> send_file(FileBody& body);
    io::Task<bool> drain_body(H1Body& body, std::uint64_t bytes_max);
    io::Task<void> linger(H1Body& body);
    bool may_keep_alive(const RequestHead& head, const Response& response,
                        const H1Body& body) const;
    void keep(ByteView rest);

    io::Loop& loop_;
    io::Stream& stream_;
    const Peer peer_;
    Service& service_;
    const Limits& limits_;
    std::vector<char> buffer_;  // received and not yet used: head, then what came with it
    std::size_t filled_ = 0;
    std::size_t head_size_ = 0;
    std::string out_;
    DateText date_;
    std::uint64_t sent_ = 0;  // bytes of the last answer, if it went out
    bool idle_ = true;
    bool over_ = false;  // the last answer is out
    bool told_ = false;  // of a drain
    bool late_ = false;  // given up because of its deadline
    SteadyClock::time_point head_began_;
};

io::Task<void> Connection::run() {
    // Spelt out: g++ 12 compiled co_await in the condition of this loop to a trap.
    Next next = Next::request;
    while (next == Next::request) {
        next = co_await serve_one();
    }
    stream_.close();
}

/// Where the head ends in the first `filled` bytes, looking from `from` on; 0 when not yet.
std::size_t find_head_end(const std::vector<char>& buffer, std::size_t filled, std::size_t from) {
    const std::string_view text(buffer.data(), filled);
    const std::size_t start = from < kHeadEnd.size() ? 0 : from - (kHeadEnd.size() - 1);
    const std::size_t found = text.find(kHeadEnd, start);
    return found == std::string_view::npos ? 0 : found + kHeadEnd.size();
}

/// RFC 9112 2.2: an empty line before the request line is ignored.
std::size_t leading_empty_lines(const std::vector<char>& buffer, std::size_t filled) {
    std::size_t at = 0;
    while (at + 1 < filled && buffer[at] == '\r' && buffer[at + 1] == '\n') {
        at += 2;
    }
    return at;
}

struct RequestLine {
    std::string_view method;
    std::string_view target;
};

/// Of what was received, which may be incomplete or no request line at all.
RequestLine request_line(std::string_view received) {
    const std::string_view line = received.substr(0, received.find_first_of("\r\n"));
    const std::size_t method_end = std::min(line.find(' '), line.size());
    const std::string_view rest = line.substr(std::min(method_end + 1, line.size()));
    return RequestLine{.method = line.substr(0, method_end),
                       .target = rest.substr(0, rest.find(' '))};
}

/// What can be refused before the whole head is here.
std::optional<ProtocolError> Connection::check_partial_head() const {
    const std::string_view received(buffer_.data(), head_size_ > 0 ? head_size_ : filled_);
    // The line is only taken apart when its target could be too long: this runs for every head.
    if (received.size() > limits_.target_bytes_max &&
        request_line(received).target.size() > limits_.target_bytes_max) {
        return ProtocolError{414, "request target too long"};
    }
    if (received.size() > limits_.header_bytes_max) {
        return ProtocolError{431, "request head too large"};
    }
    // A TLS greeting on a plain port, most likely. Clients that try https first wait for this
    // answer.
    if (!received.empty() && (received.front() <= ' ' || received.front() > '~') &&
        received.front() != '\r') {
        return ProtocolError{400, "not an HTTP request"};
    }
    if (head_size_ == 0 && has_bare_line_feed(received)) {
        return ProtocolError{400, "line ends without CR"};
    }
    return std::nullopt;
}

io::Task<Connection::HeadState> Connection::read_head() {
    std::size_t searched = 0;
    idle_ = filled_ == 0;
    if (!idle_) {
        head_began_ = SteadyClock::now();
    }
    set_latest(std::nullopt);
    set_deadline(idle_ ? idle_time() : limits_.header_timeout);
    while (true) {
        const std::size_t skip = leading_empty_lines(buffer_, filled_);
        if (skip > 0) {
            keep(std::as_bytes(std::span(buffer_.data() + skip, filled_ - skip)));
            searched = 0;
        }
        head_size_ = find_head_end(buffer_, filled_, searched);
        if (const auto problem = check_partial_head()) {
            co_await refuse(*problem);
            co_return HeadState::refused;
        }
        if (head_size_ > 0) {
            co_return HeadState::complete;
        }
        searched = filled_;
        if (buffer_.size() - filled_ < kFirstRead / 2) {
            buffer_.resize(std::max(kFirstRead, buffer_.size() * 2));
        }
        const MutableBytes space = std::as_writable_bytes(std::span(buffer_)).subspan(filled_);
        Result<std::size_t> got = co_await stream_.read_some(space);
        if (!got || *got == 0) {
            note_late_head();
            co_return HeadState::closed;
        }
        if (idle_) {
            idle_ = false;
            head_began_ = SteadyClock::now();
            set_deadline(limits_.header_timeout);
        }
        filled_ += *got;
    }
}

io::Task<Connection::Next> Connection::serve_one() {
    const HeadState state = co_await read_head();
    if (state != HeadState::complete) {
        co_return Next::close;
    }
    std::expected<H1Request, ProtocolError> request =
        H1Request::parse(std::string_view(buffer_.data(), head_size_), limits_.header_count_max);
    if (!request) {
        co_await refuse(request.error());
        co_return Next::close;
    }
    co_return co_await exchange(*request);
}

io::Task<Connection::Next> Connection::exchange(H1Request& request) {
    const auto started = SteadyClock::now();
    const RequestHead& head = request.head();
    const ByteView early =
        std::as_bytes(std::span(buffer_.data() + head_size_, filled_ - head_size_));
    H1Body body(stream_, *this, limits_.body_timeout, request, early);
    Exchange exchange(head, body, peer_.address, peer_.secure);
    set_latest(limits_.request_timeout);
    set_deadline(limits_.request_timeout);
    Response response = co_await service_.handle(exchange);

    const bool keep_alive = may_keep_alive(head, response, body);
    const Result<void> sent = co_await send(response, head.method == Method::head, keep_alive);
    Outcome outcome;
    outcome.status = response.status;
    outcome.bytes_in = body.bytes_read();
    outcome.bytes_out = sent ? sent_ : 0;
    outcome.duration = SteadyClock::now() - started;
    service_.completed(exchange, outcome);
    if (!sent) {
        co_return Next::close;
    }
    if (!keep_alive) {
        co_await linger(body);
        co_return Next::close;
    }
    const bool drained = co_await drain_body(body, kDrainBytesMax);
    if (!drained) {
        co_return Next::close;
    }
    keep(body.leftover());
    co_return Next::request;
}

bool Connection::may_keep_alive(const RequestHead& head, const Response& response,
                                const H1Body& body) const {
    if (!head.keep_alive || response.close || body.broken() || loop_.draining()) {
        return false;
    }
    return body.done() || (!body.continue_withheld() && body.remaining() <= kDrainBytesMax);
}

// No coroutine: its frame would hold what files need, for every answer.
io::Task<Result<void>> Connection::send(Response& response, bool head_only, bool keep_alive) {
    out_.clear();
    render_head(response, keep_alive, date_.at(std::time(nullptr)), out_);
    set_deadline(limits_.body_timeout);
    sent_ = out_.size();
    auto* file = std::get_if<FileBody>(&response.body);
    if (head_only || file == nullptr) {
        const auto* text = std::get_if<std::string>(&response.body);
        const bool with_text = text != nullptr && !head_only;
        const ByteView content = with_text ? as_bytes(*text) : ByteView();
        sent_ += content.size();
        return content.size() > kTextPieceBytes ? send_long_text(content)
                                                : stream_.write(as_bytes(out_), content);
    }
    sent_ += file->size();
    return send_with_file(*file);
}

io::Task<Result<void>> Connection::send_long_text(ByteView content) {
    ByteView head = as_bytes(out_);
    while (!content.empty()) {
        const ByteView piece = content.first(std::min(kTextPieceBytes, content.size()));
        BERTH_CO_TRY_VOID(co_await stream_.write(head, piece));
        head = ByteView();
        content = content.subspan(piece.size());
        set_deadline(limits_.body_timeout);
    }
    co_return Result<void>();
}

io::Task<Result<void>> Connection::send_with_file(FileBody& file) {
    stream_.cork(true);
    Result<void> outcome = co_await stream_.write(as_bytes(out_), ByteView());
    if (outcome) {
        outcome = co_await send_file(file);
    }
    stream_.cork(false);
    co_return outcome;
}

io::Task<Result<void>> Connection::send_file(FileBody& body) {
    const io::Progress progress = [this] { set_deadline(limits_.body_timeout); };
    for (const FileBody::Piece& piece : body.pieces) {
        if (!piece.before.empty()) {
            BERTH_CO_TRY_VOID(co_await stream_.write(as_bytes(piece.before), ByteView()));
        }
        progress();
        BERTH_CO_TRY_VOID(
            co_await stream_.send_file(body.file, piece.offset, piece.length, progress));
    }
    if (!body.after.empty()) {
        BERTH_CO_TRY_VOID(co_await stream_.write(as_bytes(body.after), ByteView()));
    }
    co_return Result<void>();
}

/// Reads the rest of a body nobody wanted. False when it is longer than `bytes_max` or broke off.
io::Task<bool> Connection::drain_body(H1Body& body, std::uint64_t bytes_max) {
    const std::uint64_t before = body.bytes_read();
    while (!body.done()) {
        Result<ByteView> piece = co_await body.read();
        if (!piece || body.bytes_read() - before > bytes_max) {
            co_return false;
        }
    }
    co_return true;
}

/// Closing with unread input would reset the connection and could take the answer with it: say
/// that we are done, then read a bounded while longer.
io::Task<void> Connection::linger(H1Body& body) {
    co_await stream_.shutdown_send();
    over_ = true;  // a drain need not wait for what follows
    if (!body.done() && !body.continue_withheld() && !loop_.draining()) {
        (void)co_await drain_body(body, limits_.refused_body_bytes_max);
    }
}

io::Task<void> Connection::refuse(ProtocolError error) {
    Response response = service_.refuse(error);
    const Result<void> sent = co_await send(response, false, false);
    note_refused(error, response, sent.has_value());
    co_await stream_.shutdown_send();
    // The same courtesy as linger(), without a body to follow.
    over_ = true;
    std::vector<std::byte> scratch(kFirstRead);
    std::uint64_t drained = 0;
    while (drained < kDrainBytesMax && !loop_.draining()) {
        Result<std::size_t> got = co_await stream_.read_some(scratch);
        if (!got || *got == 0) {
            co_return;
        }
        drained += *got;
    }
}

/// Its last answer may have told the client of no drain: it gets another one before it is left.
std::chrono::milliseconds Connection::idle_time() const {
    return loop_.draining() ? kLastRequest : std::chrono::milliseconds(limits_.idle_timeout);
}

/// A client that begins a head and does not end it is no longer talked to, but told of.
void Connection::note_late_head() {
    if (late_ && !idle_) {
        const ProtocolError error{408, "request head took too long"};
        note_refused(error, service_.refuse(error), false);
    }
}

void Connection::note_refused(const ProtocolError& error, const Response& response, bool sent) {
    const RequestLine line =
        request_line(std::string_view(buffer_.data(), head_size_ > 0 ? head_size_ : filled_));
    Refusal refusal{.error = error,
                    .response = response,
                    .remote_address = peer_.address,
                    .method = line.method,
                    .target = line.target,
                    .outcome = {}};
    refusal.outcome.status = response.status;
    refusal.outcome.bytes_in = filled_;
    refusal.outcome.bytes_out = sent ? sent_ : 0;
    refusal.outcome.duration = SteadyClock::now() - head_began_;
    service_.refused(refusal);
}

/// Makes `rest` (which may lie in buffer_) the start of the buffer; a grown buffer is given back.
void Connection::keep(ByteView rest) {
    if (buffer_.size() > kFirstRead || rest.size() > buffer_.size()) {
        std::vector<char> next(std::max(kFirstRead, rest.size()));
        std::ranges::copy(as_text(rest), next.begin());
        buffer_.swap(next);
    } else if (!rest.empty()) {
        std::memmove(buffer_.data(), rest.data(), rest.size());
    }
    filled_ = rest.size();
    head_size_ = 0;
}

}  // namespace

io::Task<void> serve_h1(io::Loop& loop, io::Stream& stream, Peer peer, Service& service,
                        const Limits& limits) {
    Connection connection(loop, stream, std::move(peer), service, limits);
    co_await connection.run();
}

}  // namespace berth::http
