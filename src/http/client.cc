// SPDX-License-Identifier: Apache-2.0
#include "http/client.h"

#include "base/try.h"
#include "http/client_url.h"
#include "io/address_reach.h"
#include "io/client_stream.h"
#include "io/resume.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace berth::http {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using asio::ip::tcp;

namespace {

/// A host with more addresses than this is asked at the first ones.
constexpr std::size_t kAddressesMax = 8;
constexpr std::uint32_t kResponseHeadBytesMax = 16 * kKiB;
constexpr std::size_t kReadBytes = 16 * kKiB;
/// `0 CR LF CR LF`: Beast wants to see the last chunk in one piece, and a chunked body never ends
/// with less.
constexpr std::size_t kShortestChunk = 5;

/// The request's only deadline. `cut` ends what is being waited for.
class Deadline final : public io::Watch {
  public:
    using Clock = std::chrono::steady_clock;

    Deadline(io::Loop& loop, std::chrono::milliseconds all)
        : Watch(loop), end_(Clock::now() + all), ended_(loop.draining()) {
        set_deadline(all);
    }

    /// From now on; no more than what is left of the whole.
    void limit_step(std::chrono::milliseconds step) {
        set_deadline(std::min<Clock::duration>(step, end_ - Clock::now()));
    }

    /// Whether nothing more may be begun.
    bool is_over() const { return ended_ || Clock::now() >= end_; }

    void drain() override {
        ended_ = true;
        cut();
    }

    void expire() override { cut(); }

    std::function<void()> cut = [] {};

  private:
    Clock::time_point end_;
    bool ended_;
};

/// One question to the resolver. It works on a thread of its own and cannot be interrupted, so
/// whoever asks may stop waiting before it answers.
struct Lookup {
    explicit Lookup(asio::io_context& context) : resolver(context) {}

    void finish() {
        if (signal) {
            std::exchange(signal, nullptr)();
        }
    }

    tcp::resolver resolver;
    std::vector<tcp::endpoint> found;
    io::Signal signal;  // there while somebody waits
};

io::Task<std::vector<tcp::endpoint>> resolve(io::Loop& loop, Deadline& deadline,
                                             const ClientUrl& url) {
    boost::system::error_code no_address;
    const auto literal = asio::ip::make_address(url.host, no_address);
    if (!no_address) {
        co_return std::vector<tcp::endpoint>(1, tcp::endpoint(literal, url.port));
    }
    const auto lookup = std::make_shared<Lookup>(loop.context());
    deadline.cut = [lookup] { lookup->finish(); };
    std::function<void(io::Signal)> start = [&lookup, &url](io::Signal signal) {
        lookup->signal = std::move(signal);
        const auto answered = [lookup](const boost::system::error_code& error,
                                       const tcp::resolver::results_type& results) {
            if (!error && lookup->signal) {
                for (const auto& entry : results) {
                    lookup->found.push_back(entry.endpoint());
                }
            }
            lookup->finish();
        };
        lookup->resolver.async_resolve(url.host, std::to_string(url.port),
                                       tcp::resolver::numeric_service, answered);
    };
    co_await io::wait_for_signal(start);
    deadline.cut = [] {};
    co_return std::move(lookup->found);
}

bool may_connect(const ClientRequest& request, const ClientUrl& url, const tcp::endpoint& peer) {
    const io::AddressReach reach = io::reach_of(peer.address());
    if (!url.secure) {
        return request.allow_private && reach == io::AddressReach::loopback;
    }
    return reach == io::AddressReach::global ||
           (request.allow_private && reach != io::AddressReach::unusable);
}

/// The addresses of the URL's host that may be connected to, at least one.
io::Task<Result<std::vector<tcp::endpoint>>> find_peers(io::Loop& loop, Deadline& deadline,
                                                        const ClientRequest& request,
                                                        const ClientUrl& url) {
    std::vector<tcp::endpoint> peers = co_await resolve(loop, deadline, url);
    if (peers.empty()) {
        co_return fail(Errc::unavailable, "cannot resolve '" + url.host + "'");
    }
    std::erase_if(peers, [&request, &url](const tcp::endpoint& peer) {
        return !may_connect(request, url, peer);
    });
    if (peers.empty()) {
        co_return fail(Errc::denied, "'" + url.host + "' is at an address that is not allowed");
    }
    peers.resize(std::min(peers.size(), kAddressesMax));
    co_return peers;
}

/// The first of `peers` that answers.
io::Task<Result<tcp::socket>> connect(io::Loop& loop, Deadline& deadline,
                                      std::chrono::milliseconds timeout,
                                      const std::vector<tcp::endpoint>& peers) {
    Error last(Errc::unavailable, "no time left to connect");
    for (const tcp::endpoint& peer : peers) {
        if (deadline.is_over()) {
            break;
        }
        tcp::socket socket(loop.context());
        deadline.cut = [&socket] {
            boost::system::error_code ignored;
            socket.close(ignored);
        };
        deadline.limit_step(timeout);
        Result<void> connected = co_await io::connect_socket(socket, peer);
        deadline.cut = [] {};
        if (connected) {
            co_return socket;
        }
        last = std::move(connected).error();
    }
    co_return fail(std::move(last));
}

std::string request_text(const ClientRequest& request, const ClientUrl& url) {
    return "GET " + url.target + " HTTP/1.1\r\nHost: " + url.authority +
           "\r\nAccept: " + request.accept +
           "\r\nUser-Agent: berth\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n";
}

using Parser = beast_http::response_parser<beast_http::string_body>;

Error parse_error(const boost::system::error_code& error) {
    if (error == beast_http::error::body_limit) {
        return Error(Errc::payload_too_large, "the response is larger than the limit");
    }
    return Error(Errc::unavailable, "malformed response: " + error.message());
}

/// Gives `input` to the parser; what it leaves stays in `input`.
Result<void> parse(Parser& parser, std::string& input) {
    boost::system::error_code error;
    if (parser.is_header_done() && parser.chunked() && input.size() < kShortestChunk) {
        return {};
    }
    const std::size_t used = parser.put(asio::const_buffer(input.data(), input.size()), error);
    input.erase(0, used);
    if (error && error != beast_http::error::need_more) {
        return fail(parse_error(error));
    }
    return {};
}

/// The peer sends no more.
Result<void> parse_end(Parser& parser) {
    boost::system::error_code error = beast_http::error::end_of_stream;
    if (parser.got_some()) {
        parser.put_eof(error);
    }
    return error ? fail(parse_error(error)) : Result<void>();
}

io::Task<Result<ClientResponse>> read_response(io::ClientStream& stream,
                                               const ClientRequest& request) {
    Parser parser;
    parser.eager(true);
    parser.header_limit(kResponseHeadBytesMax);
    parser.body_limit(request.body_bytes_max);
    std::vector<std::byte> buffer(kReadBytes);
    std::string input;
    while (!parser.is_done()) {
        BERTH_CO_TRY(const std::size_t got, co_await stream.read_some(buffer));
        if (got == 0) {
            BERTH_CO_TRY_VOID(parse_end(parser));
            break;
        }
        input += as_text(ByteView(buffer).first(got));
        BERTH_CO_TRY_VOID(parse(parser, input));
    }
    ClientResponse response;
    response.status = static_cast<int>(parser.get().result_int());
    response.body = std::move(parser.get().body());
    co_return response;
}

io::Task<Result<ClientResponse>> exchange(Deadline& deadline, const ClientRequest& request,
                                          const ClientUrl& url, tcp::socket socket) {
    io::ClientStream stream(std::move(socket));
    deadline.cut = [&stream] { stream.close(); };
    deadline.limit_step(request.deadline);
    Result<void> sent;
    if (url.secure) {
        sent = co_await stream.secure(request.tls, url.host);
    }
    if (sent) {
        const std::string text = request_text(request, url);
        sent = co_await stream.write(as_bytes(text));
    }
    Result<ClientResponse> response = sent ? Result<ClientResponse>() : fail(sent.error());
    if (sent) {
        response = co_await read_response(stream, request);
    }
    deadline.cut = [] {};
    co_return response;
}

Result<ClientUrl> check_request(const ClientRequest& request) {
    std::optional<ClientUrl> url = parse_client_url(request.url);
    if (!url) {
        return fail(Errc::bad_request, "'" + request.url + "' is no URL that can be fetched");
    }
    if (!url->secure && !(request.allow_private && request.allow_plain_loopback)) {
        return fail(Errc::denied, "'" + request.url + "' is not https");
    }
    if (url->secure && request.tls == nullptr) {
        return fail(Errc::internal, "https without trusted certificates");
    }
    return *std::move(url);
}

}  // namespace

io::Task<Result<ClientResponse>> client_get(io::Loop& loop, ClientRequest request) {
    BERTH_CO_TRY(const ClientUrl url, check_request(request));
    Deadline deadline(loop, request.deadline);
    if (deadline.is_over()) {
        co_return fail(Errc::unavailable, "the server is shutting down");
    }
    BERTH_CO_TRY(const std::vector<tcp::endpoint> peers,
                 co_await find_peers(loop, deadline, request, url));
    BERTH_CO_TRY(tcp::socket socket,
                 co_await connect(loop, deadline, request.connect_timeout, peers));
    Result<ClientResponse> response = co_await exchange(deadline, request, url, std::move(socket));
    if (!response && response.error().code == Errc::cancelled) {
        co_return fail(Errc::unavailable, deadline.is_over() ? "no whole response in time"
                                                             : response.error().log_detail);
    }
    co_return response;
}

}  // namespace berth::http
