// SPDX-License-Identifier: Apache-2.0
#include "io/client_stream.h"

#include "base/assert.h"
#include "base/try.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <array>
#include <cerrno>
#include <sys/socket.h>

namespace berth::io {

namespace asio = boost::asio;

namespace {

/// The certificate must be for `host`; a name is also asked for (SNI).
bool expect_host(SSL* ssl, const std::string& host) {
    boost::system::error_code no_address;
    asio::ip::make_address(host, no_address);
    X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl);
    if (!no_address) {
        return X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1;
    }
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(wanted, host.data(), host.size()) == 1 &&
           SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

}  // namespace

ClientStream::ClientStream(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

ClientStream::~ClientStream() {
    SSL_free(ssl_);
}

Error ClientStream::tls_error() const {
    const long verified = SSL_get_verify_result(ssl_);
    if (verified != X509_V_OK) {
        return Error(Errc::denied, std::string("certificate of the peer: ") +
                                       X509_verify_cert_error_string(verified));
    }
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    return Error(Errc::cancelled, std::string("TLS: ") + text.data());
}

Task<Result<void>> ClientStream::wait_for(int outcome, const char* operation) {
    const int why = SSL_get_error(ssl_, outcome);
    const int system_error = errno;
    if (why == SSL_ERROR_WANT_READ) {
        co_return co_await socket_.wait_readable();
    }
    if (why == SSL_ERROR_WANT_WRITE) {
        co_return co_await socket_.wait_writable();
    }
    Error error = why == SSL_ERROR_SYSCALL ? peer_error(system_error, operation) : tls_error();
    ERR_clear_error();
    co_return fail(std::move(error));
}

// As in TlsStream: SSL_get_error() looks into the thread's error queue, so it is emptied before
// each call.
Task<Result<void>> ClientStream::secure(std::shared_ptr<const ClientTls> tls,
                                        const std::string& host) {
    BERTH_CHECK(ssl_ == nullptr && tls != nullptr);
    if (!socket_.is_open()) {
        co_return fail(Errc::cancelled, "connection closed");
    }
    tls_ = std::move(tls);
    ssl_ = SSL_new(tls_->native());
    BERTH_CHECK(ssl_ != nullptr);
    if (SSL_set_fd(ssl_, socket_.fd()) != 1 || !expect_host(ssl_, host)) {
        ERR_clear_error();
        co_return fail(Errc::bad_request, "'" + host + "' cannot be verified");
    }
    SSL_set_connect_state(ssl_);
    while (socket_.is_open()) {
        ERR_clear_error();
        const int outcome = SSL_do_handshake(ssl_);
        if (outcome == 1) {
            co_return Result<void>();
        }
        BERTH_CO_TRY_VOID(co_await wait_for(outcome, "TLS handshake"));
    }
    co_return fail(Errc::cancelled, "connection closed");
}

Task<Result<std::size_t>> ClientStream::read_some(MutableBytes out) {
    if (ssl_ == nullptr) {
        co_return co_await socket_.receive(out);
    }
    while (socket_.is_open()) {
        std::size_t got = 0;
        ERR_clear_error();
        const int outcome = SSL_read_ex(ssl_, out.data(), out.size(), &got);
        if (outcome == 1) {
            if (socket_.uses_up_turn(got)) {
                co_await socket_.take_turn();
            }
            co_return got;
        }
        if (SSL_get_error(ssl_, outcome) == SSL_ERROR_ZERO_RETURN) {
            co_return std::size_t{0};
        }
        BERTH_CO_TRY_VOID(co_await wait_for(outcome, "TLS read"));
    }
    co_return fail(Errc::cancelled, "connection closed");
}

Task<Result<std::size_t>> ClientStream::write_some(ByteView bytes) {
    if (ssl_ == nullptr) {
        const ssize_t sent =
            ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0) {
            co_return static_cast<std::size_t>(sent);
        }
        if (errno != EAGAIN && errno != EINTR) {
            co_return fail(peer_error(errno, "send"));
        }
        BERTH_CO_TRY_VOID(co_await socket_.wait_writable());
        co_return std::size_t{0};
    }
    std::size_t sent = 0;
    ERR_clear_error();
    const int outcome = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &sent);
    if (outcome != 1) {
        BERTH_CO_TRY_VOID(co_await wait_for(outcome, "TLS write"));
    }
    co_return sent;
}

Task<Result<void>> ClientStream::write(ByteView bytes) {
    while (!bytes.empty()) {
        if (!socket_.is_open()) {
            co_return fail(Errc::cancelled, "connection closed");
        }
        BERTH_CO_TRY(const std::size_t sent, co_await write_some(bytes));
        bytes = bytes.subspan(sent);
        if (socket_.uses_up_turn(sent)) {
            co_await socket_.take_turn();
        }
    }
    co_return Result<void>();
}

void ClientStream::close() {
    socket_.close();
}

Task<Result<void>> connect_socket(asio::ip::tcp::socket& socket,
                                  const asio::ip::tcp::endpoint& peer) {
    auto [error] = co_await socket.async_connect(peer, asio::as_tuple(asio::use_awaitable));
    if (error || !socket.is_open()) {
        co_return fail(Errc::unavailable, "cannot connect to " + peer.address().to_string() +
                                              ", port " + std::to_string(peer.port()) + ": " +
                                              (error ? error.message() : "closed"));
    }
    co_return Result<void>();
}

}  // namespace berth::io
