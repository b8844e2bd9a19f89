// SPDX-License-Identifier: Apache-2.0
//
// Three kinds of coroutines, all on one thread: run() reads and feeds the session, write_all()
// writes what the session has to say, and answer() is one request. They meet in the session and in
// events. run() returns when the others have ended.
#include "http/h2_connection.h"

#include "http/h1_response.h"
#include "http/h2_body.h"
#include "http/h2_deadline.h"
#include "http/h2_session.h"
#include "io/event.h"
#include "io/resume.h"
#include "io/spawn.h"

#include <algorithm>
#include <ctime>
#include <memory>
#include <vector>

namespace berth::http {

namespace {

using SteadyClock = std::chrono::steady_clock;

/// Written at once. Eight TLS records; small against a turn.
constexpr std::size_t kBatchBytes = 128 * kKiB;
/// Read at once: a TLS record. As with HTTP/1.1 a silent connection keeps less.
constexpr std::size_t kReadBytes = 16 * kKiB;
constexpr std::size_t kIdleReadBytes = 4 * kKiB;
/// A response that moved less than this in limits.body_timeout stands still: a client that takes
/// byte by byte would hold its file for ever.
constexpr std::uint64_t kProgressBytesMin = 16 * kKiB;
/// As many small requests as make a turn with HTTP/1.1.
constexpr std::size_t kRequestsPerTurn = 32;
/// From our last word to the client's. Closing at once could destroy what it has not read yet.
constexpr std::chrono::seconds kLingerTime{2};

/// A request that reached the service, until its response is written.
struct Request {
    Request(const H2Body::Connection& shared, std::shared_ptr<H2Stream> its_stream,
            const Peer& peer)
        : stream(std::move(its_stream)),
          body(shared, stream),
          exchange(stream->head.request(), body, peer.address, peer.secure) {}

    const std::shared_ptr<H2Stream> stream;
    H2Body body;
    Exchange exchange;
    Outcome outcome;
    const SteadyClock::time_point started = SteadyClock::now();
    bool close = false;
};

class Connection final : public io::Watch {
  public:
    Connection(io::Loop& loop, io::Stream& stream, io::BlockingPool& pool, Peer peer,
               Service& service, const Limits& limits)
        : Watch(loop),
          loop_(loop),
          stream_(stream),
          pool_(pool),
          peer_(std::move(peer)),
          service_(service),
          limits_(limits),
          session_(limits),
          deadline_(*this) {}

    io::Task<void> run();
    void drain() override;
    void expire() override;

  private:
    io::Task<void> read_all();
    io::Task<void> write_all();
    io::Task<void> say_goodbye();
    io::Task<void> answer(std::shared_ptr<H2Stream> stream);
    io::Task<void> handle(std::shared_ptr<H2Stream> stream);
    bool respond(H2Stream& stream, Response& response);
    io::Task<void> wait_until_settled(H2Stream& stream);
    void settle(const std::vector<std::shared_ptr<H2Stream>>& streams);
    void note_refused(const H2Stream& stream, const ProtocolError& error, const Response& response,
                      std::chrono::nanoseconds duration);
    void complete(Request& request);
    io::Task<void> begin_requests();
    void end_request(H2Stream& stream);
    void became_idle();
    void note_head();
    void fit_buffer(std::size_t received);
    void expire_streams(SteadyClock::time_point now);
    void rearm();

    io::Loop& loop_;
    io::Stream& stream_;
    io::BlockingPool& pool_;
    const Peer peer_;
    Service& service_;
    const Limits& limits_;
    H2Session session_;
    H2Deadline deadline_;
    io::Event output_;  // the session may have something to send
    io::Event ended_;   // a request or the writer has ended
    std::size_t requests_ = 0;
    bool writing_ = true;
    bool gone_ = false;  // the client is, or we gave it up
    std::vector<std::byte> input_;
    H2Output out_;
    // What the connection itself must not exceed; those of streams are in the streams.
    SteadyClock::time_point idle_until_ = H2Deadline::kNever;
    SteadyClock::time_point head_until_ = H2Deadline::kNever;
    SteadyClock::time_point written_until_ = H2Deadline::kNever;
    SteadyClock::time_point linger_until_ = H2Deadline::kNever;
    DateText date_;
};

io::Task<void> Connection::run() {
    became_idle();
    if (loop_.draining()) {
        session_.shut_down();
    }
    io::spawn(loop_, write_all());
    co_await read_all();
    gone_ = true;
    session_.abandon();
    settle(session_.take_lost());
    stream_.close();
    output_.notify();
    while (requests_ > 0 || writing_) {
        co_await ended_.wait();
    }
}

io::Task<void> Connection::read_all() {
    input_.resize(kIdleReadBytes);
    std::uint64_t unwanted = 0;
    while (true) {
        const Result<std::size_t> got = co_await stream_.read_some(input_);
        if (!got || *got == 0) {
            co_return;
        }
        if (!writing_) {
            // All is said; see kLingerTime.
            unwanted += *got;
            if (unwanted > kDrainBytesMax) {
                co_return;
            }
            continue;
        }
        session_.feed(ByteView(input_).first(*got));
        settle(session_.take_lost());
        note_head();
        output_.notify();
        co_await begin_requests();
        fit_buffer(*got);
    }
}

/// A head that is not complete must become so in time.
void Connection::note_head() {
    if (!session_.receiving_head()) {
        head_until_ = H2Deadline::kNever;
    } else if (head_until_ == H2Deadline::kNever) {
        head_until_ = SteadyClock::now() + limits_.header_timeout;
        deadline_.expect(head_until_);
    }
}

/// A connection on which much arrives reads in large pieces; one without requests keeps little.
void Connection::fit_buffer(std::size_t received) {
    if (received == input_.size() && input_.size() < kReadBytes) {
        input_.resize(kReadBytes);
    } else if (requests_ == 0 && input_.size() > kIdleReadBytes) {
        input_ = std::vector<std::byte>(kIdleReadBytes);
    }
}

/// Those that can be answered without waiting are, here; a client that asks for much at once must
/// not hold the loop.
io::Task<void> Connection::begin_requests() {
    std::vector<std::shared_ptr<H2Stream>> arrived = session_.take_requests();
    std::size_t begun = 0;
    for (std::shared_ptr<H2Stream>& stream : arrived) {
        if (++begun % kRequestsPerTurn == 0) {
            co_await io::yield();
        }
        if (stream->closed) {
            session_.discard_rest(*stream);  // or the connection's window never gets it back
            output_.notify();
            continue;
        }
        // The handler of a stream that was reset goes on for a while, so there can be more of them
        // than streams.
        if (requests_ >= limits_.http2_streams_max) {
            session_.reset(*stream, H2Session::Reset::refused);
            output_.notify();
            continue;
        }
        ++requests_;
        idle_until_ = H2Deadline::kNever;
        stream->latest = SteadyClock::now() + limits_.request_timeout;
        deadline_.expect(stream->latest);
        io::spawn(loop_, answer(std::move(stream)));
    }
}

io::Task<void> Connection::answer(std::shared_ptr<H2Stream> stream) {
    const auto problem = stream->head.finish(!stream->request_ended);
    if (!problem) {
        co_await handle(std::move(stream));
        co_return;
    }
    const auto started = SteadyClock::now();
    Response response = service_.refuse(*problem);
    respond(*stream, response);
    co_await wait_until_settled(*stream);
    note_refused(*stream, *problem, response, SteadyClock::now() - started);
    session_.discard_rest(*stream);
    end_request(*stream);
}

void Connection::note_refused(const H2Stream& stream, const ProtocolError& error,
                              const Response& response, std::chrono::nanoseconds duration) {
    const RequestHead& head = stream.head.request();
    Refusal refusal{.error = error,
                    .response = response,
                    .remote_address = peer_.address,
                    .method = head.method_text,
                    .target = head.target,
                    .outcome = {}};
    refusal.outcome.status = response.status;
    refusal.outcome.bytes_out = stream.bytes_out;
    refusal.outcome.duration = duration;
    service_.refused(refusal);
}

/// A response that is in memory is left to write_all(): a coroutine that waited for it would be a
/// dozen allocations that wait with it.
io::Task<void> Connection::handle(std::shared_ptr<H2Stream> stream) {
    const H2Body::Connection shared{session_, deadline_, output_, limits_.body_timeout};
    auto request = std::make_unique<Request>(shared, stream, peer_);
    Response response = co_await service_.handle(request->exchange);
    request->outcome.status = response.status;
    request->close = response.close;
    const bool in_memory = respond(*stream, response);
    if (in_memory && !stream->settled) {
        stream->when_settled = [this, kept = std::move(request)] { complete(*kept); };
        co_return;
    }
    co_await wait_until_settled(*stream);
    complete(*request);
}

/// True: nobody needs to look after the body while it is sent.
bool Connection::respond(H2Stream& stream, Response& response) {
    if (stream.closed) {
        return true;
    }
    const bool head_only = stream.head.request().method == Method::head;
    auto* text = std::get_if<std::string>(&response.body);
    auto* file = std::get_if<FileBody>(&response.body);
    const bool with_text = !head_only && text != nullptr && !text->empty();
    const bool with_file = !head_only && file != nullptr && file->size() > 0;
    session_.respond(stream, response, date_.at(std::time(nullptr)), !with_text && !with_file);
    if (with_text) {
        stream.outgoing.set_text(std::move(*text));
    } else if (with_file) {
        stream.outgoing.set_file(std::move(*file), pool_);
    }
    stream.deadline = SteadyClock::now() + limits_.body_timeout;
    deadline_.expect(stream.deadline);
    output_.notify();
    return !with_file;
}

io::Task<void> Connection::wait_until_settled(H2Stream& stream) {
    while (!stream.settled) {
        if (stream.outgoing.runs_dry()) {
            co_await stream.outgoing.warm();
            session_.resume(stream);
            output_.notify();
        } else {
            co_await stream.changed.wait();
        }
    }
}

/// Their responses are written, or never will be.
void Connection::settle(const std::vector<std::shared_ptr<H2Stream>>& streams) {
    for (const std::shared_ptr<H2Stream>& stream : streams) {
        stream->settled = true;
        stream->deadline = H2Deadline::kNever;
        if (stream->when_settled) {
            std::exchange(stream->when_settled, nullptr)();
        } else {
            stream->changed.notify();
        }
    }
}

void Connection::complete(Request& request) {
    H2Stream& stream = *request.stream;
    request.outcome.bytes_in = request.body.bytes_read();
    request.outcome.bytes_out = stream.bytes_out;
    request.outcome.duration = SteadyClock::now() - request.started;
    service_.completed(request.exchange, request.outcome);
    const bool withheld = request.body.continue_withheld();
    request.body.finish();
    if (withheld) {
        session_.reset(stream, H2Session::Reset::no_error);
    }
    if (request.close) {
        session_.shut_down();
    }
    end_request(stream);
}

void Connection::end_request(H2Stream& stream) {
    if (!stream.closed && !stream.request_ended) {
        // The rest of the body is dropped as it comes, but not for ever.
        stream.deadline = SteadyClock::now() + limits_.body_timeout;
        deadline_.expect(stream.deadline);
    }
    --requests_;
    if (requests_ == 0) {
        became_idle();
    }
    output_.notify();
    ended_.notify();
}

void Connection::became_idle() {
    idle_until_ = SteadyClock::now() + limits_.idle_timeout;
    deadline_.expect(idle_until_);
}

io::Task<void> Connection::write_all() {
    while (!gone_) {
        out_.clear();
        session_.collect(out_, kBatchBytes);
        settle(session_.take_lost());
        if (out_.empty()) {
            if (session_.finished()) {
                break;
            }
            if (requests_ == 0) {
                out_.release();
            }
            co_await output_.wait();
            continue;
        }
        written_until_ = SteadyClock::now() + limits_.body_timeout;
        deadline_.expect(written_until_);
        const Result<void> written = co_await stream_.write(out_.view(), ByteView());
        written_until_ = H2Deadline::kNever;
        settle(session_.take_sent());
        if (!written) {
            gone_ = true;
        }
    }
    co_await say_goodbye();
    writing_ = false;
    ended_.notify();
}

io::Task<void> Connection::say_goodbye() {
    session_.abandon();
    settle(session_.take_lost());
    if (gone_) {
        stream_.close();
        co_return;
    }
    co_await stream_.shutdown_send();
    linger_until_ = SteadyClock::now() + kLingerTime;
    deadline_.expect(linger_until_);
}

void Connection::drain() {
    session_.shut_down();
    output_.notify();
}

// Of all the deadlines, whichever passed; or the time for a drain did. A drain alone changes
// nothing here: a deadline is where progress is looked at, too, and what moves has the whole of
// that time.
void Connection::expire() {
    const auto now = SteadyClock::now();
    const auto fatal = std::min({head_until_, written_until_, linger_until_});
    if (loop_.cutting() || fatal <= now) {
        stream_.close();
        return;
    }
    if (idle_until_ <= now) {
        idle_until_ = H2Deadline::kNever;
        linger_until_ = now + limits_.body_timeout;
        session_.shut_down();
    }
    expire_streams(now);
    rearm();
    output_.notify();
}

void Connection::expire_streams(SteadyClock::time_point now) {
    for (const auto& [id, stream] : session_.streams()) {
        if (stream->latest <= now) {
            stream->latest = H2Deadline::kNever;
            stream->deadline = H2Deadline::kNever;
            session_.reset(*stream, H2Session::Reset::cancel);
            continue;
        }
        if (stream->deadline > now) {
            continue;
        }
        if (stream->sent_lately >= kProgressBytesMin) {
            stream->sent_lately = 0;
            stream->deadline = now + limits_.body_timeout;
            continue;
        }
        stream->deadline = H2Deadline::kNever;
        session_.reset(*stream,
                       stream->discarding ? H2Session::Reset::no_error : H2Session::Reset::cancel);
    }
}

void Connection::rearm() {
    auto earliest = std::min({idle_until_, head_until_, written_until_, linger_until_});
    for (const auto& [id, stream] : session_.streams()) {
        earliest = std::min({earliest, stream->deadline, stream->latest});
    }
    deadline_.set(earliest);
}

}  // namespace

io::Task<void> serve_h2(io::Loop& loop, io::Stream& stream, io::BlockingPool& pool, Peer peer,
                        Service& service, const Limits& limits) {
    Connection connection(loop, stream, pool, std::move(peer), service, limits);
    co_await connection.run();
}

}  // namespace berth::http
