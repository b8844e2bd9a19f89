// SPDX-License-Identifier: Apache-2.0
#include "app/tls_port.h"

#include "http/h2_connection.h"
#include "io/tls_stream.h"

#include <optional>
#include <string_view>

namespace berth::app {

namespace {

constexpr std::string_view kSpeakHttps =
    "HTTP/1.1 400 Bad Request\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 64\r\n"
    "Connection: close\r\n"
    "\r\n"
    "This port speaks https: write https:// instead of http:// here.\n";

/// Closes a connection that does not get through its TLS handshake in time.
class HandshakeWatch final : public io::Watch {
  public:
    HandshakeWatch(io::Loop& loop, io::Stream& stream) : Watch(loop), stream_(stream) {}

    void drain() override { stream_.close(); }

    void expire() override { stream_.close(); }

  private:
    io::Stream& stream_;
};

io::Task<Result<void>> secure(io::Loop& loop, io::TlsStream& stream, const Limits& limits) {
    HandshakeWatch watch(loop, stream);
    watch.set_deadline(limits.header_timeout);
    const Result<bool> speaks_tls = co_await stream.peer_speaks_tls();
    if (!speaks_tls) {
        co_return fail(speaks_tls.error());
    }
    if (!*speaks_tls) {
        co_await stream.refuse_plain_text(kSpeakHttps);
        co_return fail(Errc::cancelled, "peer does not speak TLS");
    }
    co_return co_await stream.handshake();
}

}  // namespace

io::Task<void> serve_tls(const TlsPort& port, std::shared_ptr<const io::TlsContext> context,
                         io::Loop& loop, boost::asio::ip::tcp::socket socket, http::Peer peer) {
    io::TlsStream stream(std::move(socket), std::move(context), port.pool);
    std::optional<telemetry::Presence> present(std::in_place, port.metrics.shaking_hands);
    const Result<void> secured = co_await secure(loop, stream, port.limits);
    port.metrics.note_handshake(secured.has_value(), stream.kernel_encrypts());
    if (!secured) {
        port.log.failure(telemetry::Level::debug, "tls_handshake_failed", secured.error(),
                         {{"remote_address", peer.address}});
        stream.close();
        co_return;
    }
    const std::string subject = stream.client_subject();
    if (!subject.empty()) {
        port.log.debug("tls_client", {{"remote_address", peer.address}, {"subject", subject}});
    }
    const bool http2 = stream.speaks_http2();
    port.log.debug("tls_connection", {{"remote_address", peer.address},
                                      {"kernel_encrypts", stream.kernel_encrypts()},
                                      {"protocol", http2 ? "h2" : "http/1.1"}});
    present.emplace(http2 ? port.metrics.tls_http2 : port.metrics.tls_http1);
    if (http2) {
        co_await http::serve_h2(loop, stream, port.pool, std::move(peer), port.service,
                                port.limits);
    } else {
        co_await http::serve_h1(loop, stream, std::move(peer), port.service, port.limits);
    }
}

}  // namespace berth::app
