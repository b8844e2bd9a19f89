// SPDX-License-Identifier: Apache-2.0
#include "io/listener.h"

#include "base/ip_network.h"
#include "base/try.h"
#include "io/spawn.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <charconv>
#include <mutex>
#include <sys/socket.h>
#include <unordered_map>

namespace berth::io {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
constexpr int kBacklog = 4096;
/// Out of descriptors, most likely: the kernel's queue keeps the peers while we wait for some.
constexpr std::chrono::milliseconds kShortagePause{50};

struct HostPort {
    std::string host;
    std::uint16_t port = 0;
};

Result<HostPort> split_address(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    if (colon == std::string::npos) {
        return fail(Errc::bad_request, "listen address '" + address + "' is not HOST:PORT");
    }
    HostPort parts;
    parts.host = address.substr(0, colon);
    if (parts.host.size() >= 2 && parts.host.front() == '[' && parts.host.back() == ']') {
        parts.host = parts.host.substr(1, parts.host.size() - 2);
    }
    const char* first = address.data() + colon + 1;
    const char* last = address.data() + address.size();
    const auto [end, error] = std::from_chars(first, last, parts.port);
    if (error != std::errc() || end != last) {
        return fail(Errc::bad_request, "listen address '" + address + "' has no valid port");
    }
    return parts;
}

Result<tcp::endpoint> resolve(const HostPort& parts) {
    if (parts.host.empty()) {
        return tcp::endpoint(tcp::v6(), parts.port);
    }
    boost::system::error_code error;
    const auto literal = asio::ip::make_address(parts.host, error);
    if (!error) {
        return tcp::endpoint(literal, parts.port);
    }
    asio::io_context context;
    tcp::resolver resolver(context);
    const auto found = resolver.resolve(parts.host, "", error);
    if (error || found.empty()) {
        return fail(Errc::bad_request, "cannot resolve listen host '" + parts.host + "'");
    }
    return tcp::endpoint(found.begin()->endpoint().address(), parts.port);
}

/// SO_REUSEPORT would let a second server share the port in silence; a plain bind first refuses
/// that.
Result<void> check_free(const tcp::endpoint& endpoint) {
    asio::io_context context;
    tcp::acceptor probe(context);
    boost::system::error_code error;
    probe.open(endpoint.protocol(), error);
    if (!error) {
        probe.set_option(tcp::acceptor::reuse_address(true), error);
        probe.bind(endpoint, error);
    }
    if (error) {
        return fail(Errc::io_error, "cannot listen on " + endpoint.address().to_string() + ":" +
                                        std::to_string(endpoint.port()) + ": " + error.message());
    }
    return {};
}

}  // namespace

struct Listener::Acceptor {
    explicit Acceptor(Loop& owner) : loop(owner), socket(owner.context()) {}

    Loop& loop;
    tcp::acceptor socket;
};

struct ConnectionLimit::Place::Counts {
    std::atomic<std::uint32_t> all = 0;
    std::mutex mutex;
    std::unordered_map<std::string, std::uint32_t> by_address;  // guarded by mutex

    bool enter(const std::string& counted, std::uint32_t most) {
        const std::lock_guard lock(mutex);
        std::uint32_t& open = by_address[counted];
        if (open >= most) {
            return false;
        }
        ++open;
        return true;
    }

    void leave(const std::string& counted) {
        const std::lock_guard lock(mutex);
        const auto found = by_address.find(counted);
        if (--found->second == 0) {
            by_address.erase(found);
        }
    }
};

ConnectionLimit::Place::~Place() {
    if (!counts_) {
        return;
    }
    counts_->all.fetch_sub(1, std::memory_order_relaxed);
    if (!counted_.empty()) {
        counts_->leave(counted_);
    }
}

ConnectionLimit::ConnectionLimit(std::uint32_t most, std::uint32_t most_per_address, Exempt exempt)
    : most_(most),
      most_per_address_(most_per_address),
      exempt_(std::move(exempt)),
      counts_(std::make_shared<Place::Counts>()) {}

std::optional<ConnectionLimit::Place> ConnectionLimit::enter(const std::string& address) {
    const std::uint32_t before = counts_->all.fetch_add(1, std::memory_order_relaxed);
    Place place(counts_, std::string());
    if (before >= most_) {
        refused_.add();
        return std::nullopt;
    }
    if (most_per_address_ > 0 && (exempt_ == nullptr || !exempt_(address))) {
        std::string counted = counted_address(address);
        if (!counts_->enter(counted, most_per_address_)) {
            refused_by_address_.add();
            return std::nullopt;
        }
        place.counted_ = std::move(counted);
    }
    return place;
}

Listener::Listener(Runtime& runtime, Serve serve, ConnectionLimit& limit)
    : runtime_(runtime), serve_(std::move(serve)), limit_(limit) {}

Listener::~Listener() = default;

Result<std::unique_ptr<Listener>> Listener::open(Runtime& runtime, const std::string& address,
                                                 ConnectionLimit& limit, Serve serve) {
    BERTH_TRY(const HostPort parts, split_address(address));
    BERTH_TRY(tcp::endpoint endpoint, resolve(parts));
    BERTH_TRY_VOID(check_free(endpoint));
    std::unique_ptr<Listener> listener(new Listener(runtime, std::move(serve), limit));
    listener->host_ = parts.host;
    listener->is_loopback_ = endpoint.address().is_loopback();
    for (std::size_t i = 0; i < runtime.size(); ++i) {
        listener->acceptors_.push_back(std::make_unique<Acceptor>(runtime.loop(i)));
        BERTH_TRY_VOID(listener->bind(endpoint));
        endpoint.port(listener->port_);
    }
    for (const auto& acceptor : listener->acceptors_) {
        spawn(acceptor->loop, listener->accept_loop(*acceptor));
    }
    return listener;
}

Result<void> Listener::bind(const tcp::endpoint& endpoint) {
    tcp::acceptor& socket = acceptors_.back()->socket;
    boost::system::error_code error;
    const auto step = [&error](auto&& action) {
        if (!error) {
            action();
        }
    };
    step([&] { socket.open(endpoint.protocol(), error); });
    step([&] { socket.set_option(tcp::acceptor::reuse_address(true), error); });
    step([&] { socket.set_option(ReusePort(true), error); });
    step([&] { socket.bind(endpoint, error); });
    step([&] { socket.listen(kBacklog, error); });
    if (error) {
        return fail(Errc::io_error, "cannot listen on " + endpoint.address().to_string() + ":" +
                                        std::to_string(endpoint.port()) + ": " + error.message());
    }
    port_ = socket.local_endpoint(error).port();
    return {};
}

Task<void> Listener::accept_loop(Acceptor& acceptor) {
    asio::steady_timer pause(acceptor.loop.context());
    while (acceptor.socket.is_open()) {
        auto [error, socket] = co_await acceptor.socket.async_accept(kAwait);
        if (!error) {
            admit(acceptor.loop, std::move(socket));  // also when close() came in between
        } else if (error == asio::error::operation_aborted || !acceptor.socket.is_open()) {
            co_return;
        } else if (error != asio::error::connection_aborted) {
            pause.expires_after(kShortagePause);
            co_await pause.async_wait(kAwait);
        }
    }
}

/// The kernel resets whom it still has in its queue when the socket closes: peers that have
/// connected, and may have sent their request. No more than it can have had there, however fast
/// others come.
void Listener::admit_waiting(Acceptor& acceptor) {
    boost::system::error_code error;
    acceptor.socket.non_blocking(true, error);
    for (int taken = 0; taken < kBacklog && !error; ++taken) {
        tcp::socket socket(acceptor.loop.context());
        acceptor.socket.accept(socket, error);
        if (!error) {
            admit(acceptor.loop, std::move(socket));
        }
    }
}

/// Or closes it.
void Listener::admit(Loop& loop, tcp::socket socket) {
    boost::system::error_code gone;
    const tcp::endpoint remote = socket.remote_endpoint(gone);
    if (gone) {
        return;
    }
    std::optional<ConnectionLimit::Place> place = limit_.enter(remote.address().to_string());
    if (place) {
        spawn(loop, serve_counted(loop, std::move(socket), *std::move(place)));
    }
}

// The place is a parameter so that the frame gives it back last.
Task<void> Listener::serve_counted(Loop& loop, tcp::socket socket,
                                   ConnectionLimit::Place /*place*/) {
    co_await serve_(loop, std::move(socket));
}

void Listener::close() {
    runtime_.on_every_loop([this](Loop& loop) {
        for (const auto& acceptor : acceptors_) {
            if (&acceptor->loop == &loop) {
                admit_waiting(*acceptor);
                boost::system::error_code ignored;
                acceptor->socket.close(ignored);
            }
        }
    });
}

}  // namespace berth::io
