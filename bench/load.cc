// SPDX-License-Identifier: Apache-2.0
//
// load HOST PORT CONNECTIONS SECONDS[@RATE] FILE [FILLER]: sends prepared requests, prints one line
// of JSON.
//
// FILE holds the records that records.h describes. In a job, @LOCATION@ stands for the Location
// that was answered last in it. SECONDS 0 does every job once, otherwise they are repeated until
// then, or until SIGTERM, after which the answers on their way are still awaited. SECONDS@RATE
// begins so many jobs in a second, whatever the answers do, and counts the wait of each from when
// it was due. One thread, epoll, keep-alive.
#include "records.h"

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <vector>

namespace {

using bench::Record;
using Clock = std::chrono::steady_clock;
constexpr std::string_view kMark = "@LOCATION@";
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kPiecesPerWrite = 64;
constexpr std::size_t kReadBytes = 256 * 1024;

volatile std::sig_atomic_t stopped = 0;

[[noreturn]] void die(const char* what) {
    std::perror(what);
    std::exit(1);
}

/// Value of a header in `head`, whose names are compared as the servers send them.
std::string_view header(std::string_view head, std::string_view name) {
    const std::size_t at = head.find(name);
    if (at == std::string_view::npos) {
        return {};
    }
    const std::size_t from = at + name.size();
    return head.substr(from, head.find('\r', from) - from);
}

std::string chunk_line(std::size_t size) {
    char line[24];
    std::snprintf(line, sizeof line, "%zx\r\n", size);
    return line;
}

/// What is still to be sent of one request; the bytes it names live longer.
class Outgoing {
  public:
    void clear() {
        pieces_.clear();
        at_ = 0;
    }

    void add(std::string_view bytes) {
        if (!bytes.empty()) {
            pieces_.push_back({const_cast<char*>(bytes.data()), bytes.size()});
        }
    }

    bool done() const { return at_ == pieces_.size(); }

    /// Writes what the socket takes; answers how much.
    std::size_t flush(int fd) {
        std::size_t total = 0;
        while (!done()) {
            const std::size_t count = std::min(kPiecesPerWrite, pieces_.size() - at_);
            const ssize_t wrote = writev(fd, &pieces_[at_], static_cast<int>(count));
            if (wrote < 0) {
                if (errno == EAGAIN) {
                    break;
                }
                die("write");
            }
            total += static_cast<std::size_t>(wrote);
            skip(static_cast<std::size_t>(wrote));
        }
        return total;
    }

  private:
    void skip(std::size_t bytes) {
        while (bytes > 0 && bytes >= pieces_[at_].iov_len) {
            bytes -= pieces_[at_].iov_len;
            ++at_;
        }
        if (bytes > 0) {
            iovec& piece = pieces_[at_];
            piece.iov_base = static_cast<char*>(piece.iov_base) + bytes;
            piece.iov_len -= bytes;
        }
    }

    std::vector<iovec> pieces_;
    std::size_t at_ = 0;
};

struct Connection {
    int fd = -1;
    std::size_t record = 0;
    Outgoing out;
    std::string head;   // of the request, with its Location
    std::string frame;  // the line before a whole chunk
    std::string last;   // the line before the last chunk
    std::string in;
    std::size_t to_skip = 0;  // body bytes of the answer still to come
    bool head_done = false;
    bool chunked = false;
    bool watches_writable = false;
    std::string location;
    Clock::time_point started;
};

struct Pace {
    double seconds = 0;
    double rate = 0;  // 0: as fast as the answers come
};

class Load {
  public:
    Load(sockaddr_in address, std::size_t connections, Pace pace, std::vector<Record> records,
         std::string_view filler)
        : address_(address),
          pace_(pace),
          records_(std::move(records)),
          filler_(filler),
          connections_(connections) {
        for (std::size_t i = 0; i < records_.size(); ++i) {
            if (records_[i].first) {
                jobs_.push_back(i);
            }
        }
    }

    void run();
    void report() const;

  private:
    void connect_all();
    bool finished() const;
    bool next_job(Connection& c);
    void begin_job(Connection& c, Clock::time_point due);
    Clock::time_point next_due() const;
    void begin_due_jobs();
    timespec patience() const;
    void begin_step(Connection& c);
    void add_body(Connection& c, const Record& record);
    void flush(Connection& c);
    bool receive(Connection& c);
    bool take_head(Connection& c);
    bool answered(Connection& c, std::string_view bytes);

    sockaddr_in address_;
    Pace pace_;
    std::vector<Record> records_;
    std::string_view filler_;
    std::vector<Connection> connections_;
    std::vector<Connection*> resting_;  // without a job, because none is due
    std::vector<std::size_t> jobs_;
    std::size_t taken_ = 0;
    std::size_t sent_ = 0;
    std::size_t received_ = 0;
    std::vector<float> micros_;
    int epoll_ = -1;
    Clock::time_point begun_;
    Clock::time_point ended_;
};

bool Load::finished() const {
    const std::chrono::duration<double> since = Clock::now() - begun_;
    return stopped != 0 ||
           (pace_.seconds > 0 ? since.count() > pace_.seconds : taken_ == jobs_.size());
}

/// False when there is nothing more to do for this connection.
bool Load::next_job(Connection& c) {
    if (finished()) {
        return false;
    }
    if (pace_.rate == 0) {
        begin_job(c, Clock::now());
    } else {
        resting_.push_back(&c);
        begin_due_jobs();
    }
    return true;
}

void Load::begin_job(Connection& c, Clock::time_point due) {
    c.record = jobs_[taken_++ % jobs_.size()];
    c.started = due;
    begin_step(c);
}

Clock::time_point Load::next_due() const {
    const std::chrono::duration<double> after(static_cast<double>(taken_) / pace_.rate);
    return begun_ + std::chrono::duration_cast<Clock::duration>(after);
}

void Load::begin_due_jobs() {
    while (!resting_.empty() && !finished() && next_due() <= Clock::now()) {
        Connection& c = *resting_.front();
        resting_.erase(resting_.begin());
        begin_job(c, next_due());
    }
}

/// How long to wait for answers: until the next job is due, at most a minute.
timespec Load::patience() const {
    if (resting_.empty()) {
        return {60, 0};
    }
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::max(next_due() - Clock::now(), Clock::duration::zero()));
    return {0, std::min<long>(left.count(), 999'999'999)};
}

void Load::begin_step(Connection& c) {
    const Record& record = records_[c.record];
    c.out.clear();
    c.head_done = false;
    c.to_skip = 0;
    if (const std::size_t at = record.head.find(kMark); at != std::string_view::npos) {
        c.head.assign(record.head);
        // "@LOCATION@&digest=": a Location without a query gets one.
        if (c.head[at + kMark.size()] == '&' && !c.location.contains('?')) {
            c.head[at + kMark.size()] = '?';
        }
        c.head.replace(at, kMark.size(), c.location);
        c.out.add(c.head);
    } else {
        c.out.add(record.head);
    }
    add_body(c, record);
    flush(c);
}

void Load::add_body(Connection& c, const Record& record) {
    const auto piece_at = [&](std::size_t at, std::size_t most) {
        return filler_.substr((record.offset + at) % filler_.size(), most);
    };
    std::size_t at = 0;
    if (record.frame > 0) {
        c.frame = chunk_line(record.frame);
        for (; at + record.frame <= record.fill; at += record.frame) {
            c.out.add(c.frame);
            c.out.add(piece_at(at, record.frame));
            c.out.add(kLineEnd);
        }
        c.last = chunk_line(record.fill - at + record.tail.size());
        c.out.add(c.last);
    }
    while (at < record.fill) {
        const std::string_view piece = piece_at(at, record.fill - at);
        c.out.add(piece);
        at += piece.size();
    }
    c.out.add(record.tail);
    if (record.frame > 0) {
        c.out.add("\r\n0\r\n\r\n");
    }
}

/// Writes, and watches for room when there was none.
void Load::flush(Connection& c) {
    sent_ += c.out.flush(c.fd);
    const bool wants = !c.out.done();
    if (wants != c.watches_writable) {
        c.watches_writable = wants;
        const auto index = static_cast<std::uint64_t>(&c - connections_.data());
        epoll_event event{wants ? EPOLLIN | EPOLLOUT : EPOLLIN, {.u64 = index}};
        epoll_ctl(epoll_, EPOLL_CTL_MOD, c.fd, &event);
    }
}

bool Load::take_head(Connection& c) {
    const std::size_t end = c.in.find("\r\n\r\n");
    if (end == std::string::npos) {
        return false;
    }
    const std::string_view head = std::string_view(c.in).substr(0, end + 2);
    const Record& record = records_[c.record];
    const auto status = head.size() < 12 ? 0 : std::strtoul(head.data() + 9, nullptr, 10);
    if (record.status == 0 ? status / 100 != 2 : status != record.status) {
        const auto shown = [](std::string_view text) {
            return static_cast<int>(std::min<std::size_t>(text.size(), 300));
        };
        const std::string_view asked = record.head.substr(0, record.head.find('\r'));
        const std::string_view answer = head.substr(0, head.find('\r'));
        const std::string_view body = std::string_view(c.in).substr(end + 4);
        std::fprintf(stderr, "%.*s was answered %.*s: %.*s\n", shown(asked), asked.data(),
                     shown(answer), answer.data(), shown(body), body.data());
        std::exit(1);
    }
    const bool empty = record.head.starts_with("HEAD ");
    const std::string_view length = header(head, "\r\nContent-Length: ");
    c.to_skip = empty || length.empty() ? 0 : std::strtoull(length.data(), nullptr, 10);
    c.chunked = !empty && header(head, "\r\nTransfer-Encoding: ").starts_with("chunked");
    if (const std::string_view location = header(head, "\r\nLocation: "); !location.empty()) {
        const std::size_t host = location.starts_with("http://") ? location.find('/', 7) : 0;
        c.location = location.substr(host);
    }
    c.in.erase(0, end + 4);
    c.head_done = true;
    return true;
}

/// True when the answer is complete. Chunks are not taken apart: the next answer only comes when it
/// is asked for, and no JSON holds the end of the last chunk.
bool Load::answered(Connection& c, std::string_view bytes) {
    if (c.head_done && !c.chunked) {
        c.to_skip -= std::min(c.to_skip, bytes.size());
        return c.to_skip == 0;
    }
    c.in.append(bytes);
    if (!c.head_done && !take_head(c)) {
        return false;
    }
    if (c.chunked) {
        constexpr std::string_view kLastChunk = "0\r\n\r\n";
        const bool complete =
            c.in == kLastChunk || c.in.ends_with("\r\n" + std::string(kLastChunk));
        if (complete) {
            c.in.clear();
        }
        return complete;
    }
    c.to_skip -= std::min(c.to_skip, c.in.size());
    c.in.clear();
    return c.to_skip == 0;
}

/// One read, so that no connection starves the others. False when this one has no more jobs.
bool Load::receive(Connection& c) {
    static char buffer[kReadBytes];
    const ssize_t got = read(c.fd, buffer, sizeof buffer);
    if (got < 0 && errno == EAGAIN) {
        return true;
    }
    if (got <= 0) {
        const std::string_view head = records_[c.record].head;
        std::fprintf(stderr, "connection closed by the server in %.*s\n",
                     static_cast<int>(head.find('\r')), head.data());
        std::exit(1);
    }
    received_ += static_cast<std::size_t>(got);
    if (!answered(c, {buffer, static_cast<std::size_t>(got)})) {
        return true;
    }
    if (c.record + 1 < records_.size() && !records_[c.record + 1].first) {
        ++c.record;
        begin_step(c);
        return true;
    }
    ended_ = Clock::now();
    micros_.push_back(std::chrono::duration<float, std::micro>(ended_ - c.started).count());
    return next_job(c);
}

void Load::connect_all() {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    for (std::size_t i = 0; i < connections_.size(); ++i) {
        Connection& c = connections_[i];
        c.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(c.fd, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) != 0) {
            die("connect");
        }
        fcntl(c.fd, F_SETFL, O_NONBLOCK);
        const int on = 1;
        setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_event event{EPOLLIN, {.u64 = i}};
        epoll_ctl(epoll_, EPOLL_CTL_ADD, c.fd, &event);
    }
}

void Load::run() {
    connect_all();
    begun_ = Clock::now();
    ended_ = begun_;
    std::size_t open = 0;
    for (Connection& c : connections_) {
        if (next_job(c)) {
            ++open;
        }
    }
    while (open > resting_.size() || (open > 0 && !finished())) {
        epoll_event events[256];
        const timespec timeout = patience();
        const int count = epoll_pwait2(epoll_, events, 256, &timeout, nullptr);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0 || (count == 0 && resting_.empty())) {
            std::fprintf(stderr, "nothing moved for a minute\n");
            std::exit(1);
        }
        for (int i = 0; i < count; ++i) {
            Connection& c = connections_[events[i].data.u64];
            if (c.watches_writable) {
                flush(c);
            }
            if ((events[i].events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0 && !receive(c)) {
                epoll_ctl(epoll_, EPOLL_CTL_DEL, c.fd, nullptr);
                --open;
            }
        }
        begin_due_jobs();
    }
    for (Connection& c : connections_) {
        close(c.fd);
    }
}

void Load::report() const {
    std::vector<float> sorted = micros_;
    std::sort(sorted.begin(), sorted.end());
    const auto at = [&](double part) {
        return sorted.empty() ? 0.0
                              : static_cast<double>(sorted[static_cast<std::size_t>(
                                    part * static_cast<double>(sorted.size() - 1))]);
    };
    std::printf(
        "{\"jobs\": %zu, \"seconds\": %.6f, \"p50_us\": %.1f, \"p99_us\": %.1f, "
        "\"max_us\": %.1f, \"sent\": %zu, \"received\": %zu}\n",
        sorted.size(), std::chrono::duration<double>(ended_ - begun_).count(), at(0.5), at(0.99),
        at(1), sent_, received_);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 6 && argc != 7) {
        std::fprintf(stderr, "usage: load HOST PORT CONNECTIONS SECONDS[@RATE] FILE [FILLER]\n");
        return 2;
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[2])));
    if (inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) {
        die("inet_pton");
    }
    Pace pace;
    char* rest = nullptr;
    pace.seconds = std::strtod(argv[4], &rest);
    pace.rate = *rest == '@' ? std::strtod(rest + 1, nullptr) : 0;
    std::signal(SIGTERM, [](int) { stopped = 1; });
    Load load(address, std::strtoul(argv[3], nullptr, 10), pace,
              bench::read_records(bench::map_file(argv[5])),
              argc == 7 ? bench::map_file(argv[6]) : std::string_view{});
    load.run();
    load.report();
    return 0;
}
