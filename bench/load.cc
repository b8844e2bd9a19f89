// SPDX-License-Identifier: Apache-2.0
//
// load HOST PORT CONNECTIONS SECONDS STEPS METHOD FILE: sends prepared requests, prints one line of
// JSON.
//
// FILE holds records: a length in decimal, a line end, that many bytes (one HTTP request). A job is
// STEPS records in a row on one connection; in all but the first, @LOCATION@ stands for the
// Location of the answer before. SECONDS 0 does every job once, otherwise the jobs are repeated
// until then, or until SIGTERM, after which the answers on their way are still awaited. METHOD HEAD
// says that answers have no body. One thread, epoll, keep-alive.
#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

volatile std::sig_atomic_t stopped = 0;

[[noreturn]] void die(const char* what) {
    std::perror(what);
    std::exit(1);
}

struct Options {
    sockaddr_in address{};
    std::size_t connections = 1;
    double seconds = 0;
    std::size_t steps = 1;
    bool without_body = false;
};

std::vector<std::string> read_records(const char* path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<std::string> records;
    for (std::string line; std::getline(file, line);) {
        std::string record(std::strtoull(line.c_str(), nullptr, 10), '\0');
        file.read(record.data(), static_cast<std::streamsize>(record.size()));
        records.push_back(std::move(record));
    }
    if (records.empty()) {
        die(path);
    }
    return records;
}

/// Value of a header in `head`, whose names are compared as sent by the three servers.
std::string_view header(std::string_view head, std::string_view name) {
    const std::size_t at = head.find(name);
    if (at == std::string_view::npos) {
        return {};
    }
    const std::size_t from = at + name.size();
    return head.substr(from, head.find('\r', from) - from);
}

class Load {
  public:
    Load(const Options& options, std::vector<std::string> records)
        : options_(options), records_(std::move(records)), jobs_(records_.size() / options.steps) {}

    void run();
    void report() const;

  private:
    struct Connection {
        int fd = -1;
        std::size_t job = 0;
        std::size_t step = 0;
        std::string out;
        std::string in;
        std::size_t sent = 0;
        std::size_t to_skip = 0;  // body bytes of the answer still to come
        bool head_done = false;
        bool chunked = false;
        std::string location;
        Clock::time_point started;
    };

    bool next_job(Connection& c);
    void begin_step(Connection& c);
    void flush(Connection& c);
    bool receive(Connection& c);
    bool take_head(Connection& c);
    bool answered(Connection& c);

    const Options options_;
    const std::vector<std::string> records_;
    const std::size_t jobs_;
    std::size_t taken_ = 0;
    std::size_t failures_ = 0;
    std::vector<float> micros_;
    int epoll_ = -1;
    Clock::time_point begun_;
    Clock::time_point ended_;
};

bool Load::next_job(Connection& c) {
    const bool over = options_.seconds > 0
                          ? Clock::now() - begun_ > std::chrono::duration<double>(options_.seconds)
                          : taken_ == jobs_;
    if (over || stopped != 0) {
        return false;
    }
    c.job = taken_++ % jobs_;
    c.step = 0;
    c.started = Clock::now();
    begin_step(c);
    return true;
}

void Load::begin_step(Connection& c) {
    c.out = records_[c.job * options_.steps + c.step];
    constexpr std::string_view kMark = "@LOCATION@";
    if (const std::size_t at = c.step > 0 ? c.out.find(kMark) : std::string::npos;
        at != std::string::npos) {
        c.out.replace(at, kMark.size(), c.location);
    }
    c.sent = 0;
    c.head_done = false;
    c.to_skip = 0;
    flush(c);
}

void Load::flush(Connection& c) {
    while (c.sent < c.out.size()) {
        const ssize_t wrote = write(c.fd, c.out.data() + c.sent, c.out.size() - c.sent);
        if (wrote < 0) {
            if (errno == EAGAIN) {
                return;
            }
            die("write");
        }
        c.sent += static_cast<std::size_t>(wrote);
    }
}

bool Load::take_head(Connection& c) {
    const std::size_t end = c.in.find("\r\n\r\n");
    if (end == std::string::npos) {
        return false;
    }
    const std::string_view head = std::string_view(c.in).substr(0, end + 2);
    if (head.size() < 12 || head[9] != '2') {
        if (failures_++ == 0) {
            std::fprintf(stderr, "%.*s\n",
                         static_cast<int>(std::min<std::size_t>(head.size(), 300)), head.data());
        }
    }
    const std::string_view length = header(head, "\r\nContent-Length: ");
    c.to_skip =
        options_.without_body || length.empty() ? 0 : std::strtoull(length.data(), nullptr, 10);
    c.chunked =
        !options_.without_body && header(head, "\r\nTransfer-Encoding: ").starts_with("chunked");
    c.location = header(head, "\r\nLocation: ");
    if (c.location.starts_with("http://")) {
        c.location.erase(0, c.location.find('/', 7));
    }
    c.in.erase(0, end + 4);
    c.head_done = true;
    return true;
}

/// True when the answer is complete. Chunks are not taken apart: the next answer only comes when it
/// is asked for, and no JSON holds the end of the last chunk.
bool Load::answered(Connection& c) {
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
    const std::size_t skip = std::min(c.to_skip, c.in.size());
    c.in.erase(0, skip);
    c.to_skip -= skip;
    return c.to_skip == 0;
}

/// One read, so that no connection starves the others. False when this one has no more jobs.
bool Load::receive(Connection& c) {
    char buffer[65536];
    const ssize_t got = read(c.fd, buffer, sizeof buffer);
    if (got < 0 && errno == EAGAIN) {
        return true;
    }
    if (got <= 0) {
        std::fprintf(stderr, "connection closed by the server\n");
        std::exit(1);
    }
    c.in.append(buffer, static_cast<std::size_t>(got));
    if (!answered(c)) {
        return true;
    }
    if (++c.step < options_.steps) {
        begin_step(c);
        return true;
    }
    ended_ = Clock::now();
    micros_.push_back(std::chrono::duration<float, std::micro>(ended_ - c.started).count());
    return next_job(c);
}

void Load::run() {
    epoll_ = epoll_create1(0);
    std::vector<Connection> connections(options_.connections);
    for (std::size_t i = 0; i < connections.size(); ++i) {
        Connection& c = connections[i];
        c.fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(c.fd, reinterpret_cast<const sockaddr*>(&options_.address),
                    sizeof options_.address) != 0) {
            die("connect");
        }
        fcntl(c.fd, F_SETFL, O_NONBLOCK);
        const int on = 1;
        setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_event event{EPOLLIN, {.u64 = i}};
        epoll_ctl(epoll_, EPOLL_CTL_ADD, c.fd, &event);
    }
    begun_ = Clock::now();
    ended_ = begun_;
    std::size_t open = 0;
    for (Connection& c : connections) {
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
            die("no answer within a minute");
        }
        for (int i = 0; i < count; ++i) {
            Connection& c = connections[events[i].data.u64];
            flush(c);
            if (!receive(c)) {
                epoll_ctl(epoll_, EPOLL_CTL_DEL, c.fd, nullptr);
                --open;
            }
        }
    }
    for (Connection& c : connections) {
        close(c.fd);
    }
}

void Load::report() const {
    std::vector<float> sorted = micros_;
    std::sort(sorted.begin(), sorted.end());
    const auto at = [&](double part) {
        return sorted.empty() ? 0.0F
                              : sorted[static_cast<std::size_t>(
                                    part * static_cast<double>(sorted.size() - 1))];
    };
    std::printf(
        "{\"jobs\": %zu, \"failures\": %zu, \"seconds\": %.6f, \"p50_us\": %.1f, \"p99_us\": "
        "%.1f, \"max_us\": %.1f}\n",
        sorted.size(), failures_, std::chrono::duration<double>(ended_ - begun_).count(),
        static_cast<double>(at(0.5)), static_cast<double>(at(0.99)), static_cast<double>(at(1)));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 8) {
        std::fprintf(stderr, "usage: load HOST PORT CONNECTIONS SECONDS STEPS METHOD FILE\n");
        return 2;
    }
    Options options;
    options.address.sin_family = AF_INET;
    options.address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[2])));
    if (inet_pton(AF_INET, argv[1], &options.address.sin_addr) != 1) {
        die("inet_pton");
    }
    options.connections = std::strtoul(argv[3], nullptr, 10);
    options.seconds = std::strtod(argv[4], nullptr);
    options.steps = std::strtoul(argv[5], nullptr, 10);
    options.without_body = std::strcmp(argv[6], "HEAD") == 0;
    std::signal(SIGTERM, [](int) { stopped = 1; });
    Load load(options, read_records(argv[7]));
    load.run();
    load.report();
    return 0;
}
