// SPDX-License-Identifier: Apache-2.0
//
// load HOST PORT CONNECTIONS SECONDS FILE [FILLER]: sends prepared requests, prints one line of
// JSON.
//
// FILE holds records: a line "HEAD TAIL OFFSET FILL FRAME STATUS FIRST", all decimal, then HEAD
// bytes and TAIL bytes. A request is its head, FILL bytes of the file FILLER from OFFSET on (from
// its start again when it ends), and its tail; with FRAME, fill and tail go out in chunks of so
// many bytes, as chunked transfer coding. STATUS 0 takes any 2xx, otherwise it is the one that is
// right; another one ends the program. FIRST 1 begins a job: its records go out one after the other
// on one connection, and @LOCATION@ stands for the Location that was answered last in the job.
// SECONDS 0 does every job once, otherwise they are repeated until then, or until SIGTERM, after
// which the answers on their way are still awaited. One thread, epoll, keep-alive.
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

struct Record {
    std::string_view head;
    std::string_view tail;
    std::size_t offset = 0;
    std::size_t fill = 0;
    std::size_t frame = 0;
    unsigned status = 0;
    bool first = false;
};

std::string_view map_file(const char* path) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat facts{};
    if (fd < 0 || fstat(fd, &facts) != 0 || facts.st_size == 0) {
        die(path);
    }
    const auto size = static_cast<std::size_t>(facts.st_size);
    void* at = mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (at == MAP_FAILED) {
        die(path);
    }
    close(fd);
    return {static_cast<const char*>(at), size};
}

std::vector<Record> read_records(std::string_view text) {
    std::vector<Record> records;
    while (!text.empty()) {
        const std::string line(text.substr(0, text.find('\n')));
        std::size_t head = 0;
        std::size_t tail = 0;
        unsigned first = 0;
        Record record;
        if (std::sscanf(line.c_str(), "%zu %zu %zu %zu %zu %u %u", &head, &tail, &record.offset,
                        &record.fill, &record.frame, &record.status, &first) != 7) {
            std::fprintf(stderr, "not a record: %s\n", line.c_str());
            std::exit(2);
        }
        text.remove_prefix(line.size() + 1);
        record.head = text.substr(0, head);
        record.tail = text.substr(head, tail);
        record.first = first != 0;
        text.remove_prefix(head + tail);
        records.push_back(record);
    }
    return records;
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

class Load {
  public:
    Load(sockaddr_in address, std::size_t connections, double seconds, std::vector<Record> records,
         std::string_view filler)
        : address_(address),
          seconds_(seconds),
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
    bool next_job(Connection& c);
    void begin_step(Connection& c);
    void add_body(Connection& c, const Record& record);
    void flush(Connection& c);
    bool receive(Connection& c);
    bool take_head(Connection& c);
    bool answered(Connection& c, std::string_view bytes);

    sockaddr_in address_;
    double seconds_;
    std::vector<Record> records_;
    std::string_view filler_;
    std::vector<Connection> connections_;
    std::vector<std::size_t> jobs_;
    std::size_t taken_ = 0;
    std::size_t sent_ = 0;
    std::size_t received_ = 0;
    std::vector<float> micros_;
    int epoll_ = -1;
    Clock::time_point begun_;
    Clock::time_point ended_;
};

bool Load::next_job(Connection& c) {
    const bool over = seconds_ > 0 ? Clock::now() - begun_ > std::chrono::duration<double>(seconds_)
                                   : taken_ == jobs_.size();
    if (over || stopped != 0) {
        return false;
    }
    c.record = jobs_[taken_++ % jobs_.size()];
    c.started = Clock::now();
    begin_step(c);
    return true;
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
            return static_cast<int>(std::min<std::size_t>(text.size(), 600));
        };
        const std::string_view line = record.head.substr(0, record.head.find('\r'));
        std::fprintf(stderr, "%.*s\nwas answered\n%.*s\n", shown(line), line.data(), shown(c.in),
                     c.in.data());
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
    while (open > 0) {
        epoll_event events[256];
        const int count = epoll_wait(epoll_, events, 256, 60'000);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
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
        std::fprintf(stderr, "usage: load HOST PORT CONNECTIONS SECONDS FILE [FILLER]\n");
        return 2;
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[2])));
    if (inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) {
        die("inet_pton");
    }
    std::signal(SIGTERM, [](int) { stopped = 1; });
    Load load(address, std::strtoul(argv[3], nullptr, 10), std::strtod(argv[4], nullptr),
              read_records(map_file(argv[5])), argc == 7 ? map_file(argv[6]) : std::string_view{});
    load.run();
    load.report();
    return 0;
}
