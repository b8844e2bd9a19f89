// SPDX-License-Identifier: Apache-2.0
#include "io/tls_stream.h"

#include "base/assert.h"
#include "base/limits.h"
#include "base/try.h"
#include "io/cold_file.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <vector>

namespace berth::io {

namespace {
/// Bytes read from a file and encrypted at once when the kernel does not do it.
constexpr std::size_t kCopyBytes = 128 * kKiB;
/// The first byte of a TLS record that begins a handshake (RFC 8446, 5.1).
constexpr unsigned char kHandshakeRecord = 22;
/// Read from a peer that is being refused; one that sends more gets a reset.
constexpr std::size_t kRefusedBytesMax = 256 * kKiB;
}  // namespace

TlsStream::TlsStream(boost::asio::ip::tcp::socket socket, std::shared_ptr<const TlsContext> context,
                     BlockingPool& pool)
    : socket_(std::move(socket)),
      pool_(pool),
      context_(std::move(context)),
      ssl_(SSL_new(context_->native())) {
    BERTH_CHECK(ssl_ != nullptr);
    SSL_set_fd(ssl_, socket_.fd());
    SSL_set_accept_state(ssl_);
}

TlsStream::~TlsStream() {
    SSL_free(ssl_);
}

// SSL_get_error() looks into the thread's error queue, where any user of OpenSSL may have left
// something: each call below empties the queue first.
Task<Result<void>> TlsStream::wait_for(int outcome, const char* operation) {
    const int why = SSL_get_error(ssl_, outcome);
    const int system_error = errno;
    if (why == SSL_ERROR_WANT_READ) {
        co_return co_await socket_.wait_readable();
    }
    if (why == SSL_ERROR_WANT_WRITE) {
        co_return co_await socket_.wait_writable();
    }
    if (why == SSL_ERROR_SYSCALL) {
        ERR_clear_error();
        co_return fail(peer_error(system_error, operation));
    }
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    ERR_clear_error();
    co_return fail(Errc::cancelled, std::string(operation) + ": " + text.data());
}

Task<Result<bool>> TlsStream::peer_speaks_tls() {
    while (socket_.is_open()) {
        unsigned char first = 0;
        const ssize_t got = ::recv(socket_.fd(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
        if (got == 1) {
            co_return first == kHandshakeRecord;
        }
        if (got == 0) {
            co_return fail(Errc::cancelled, "peer ended before its first byte");
        }
        if (errno != EAGAIN && errno != EINTR) {
            co_return fail(peer_error(errno, "recv"));
        }
        BERTH_CO_TRY_VOID(co_await socket_.wait_readable());
    }
    co_return fail(Errc::cancelled, "connection closed");
}

Task<void> TlsStream::refuse_plain_text(std::string_view answer) {
    // A few bytes into an empty socket buffer: all or nothing.
    if (::send(socket_.fd(), answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        co_return;
    }
    socket_.shutdown_send();
    std::vector<std::byte> unwanted(4 * kKiB);
    for (std::size_t taken = 0; taken < kRefusedBytesMax;) {
        const Result<std::size_t> got = co_await socket_.receive(unwanted);
        if (!got || *got == 0) {
            co_return;
        }
        taken += *got;
    }
}

Task<Result<void>> TlsStream::handshake() {
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

bool TlsStream::speaks_http2() const {
    const unsigned char* name = nullptr;
    unsigned int length = 0;
    SSL_get0_alpn_selected(ssl_, &name, &length);
    return std::string_view(reinterpret_cast<const char*>(name), length) == "h2";
}

bool TlsStream::kernel_encrypts() const {
    return BIO_get_ktls_send(SSL_get_wbio(ssl_)) != 0;
}

std::string TlsStream::client_subject() const {
    const X509* certificate = SSL_get0_peer_certificate(ssl_);
    return certificate == nullptr ? "" : subject_of(*certificate);
}

Task<Result<std::size_t>> TlsStream::read_some(MutableBytes out) {
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

Task<Result<void>> TlsStream::write_all(ByteView bytes) {
    while (!bytes.empty()) {
        if (!socket_.is_open()) {
            co_return fail(Errc::cancelled, "connection closed");
        }
        std::size_t sent = 0;
        ERR_clear_error();
        const int outcome = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &sent);
        if (outcome == 1) {
            bytes = bytes.subspan(sent);
            if (socket_.uses_up_turn(sent)) {
                co_await socket_.take_turn();
            }
            continue;
        }
        BERTH_CO_TRY_VOID(co_await wait_for(outcome, "TLS write"));
        co_await socket_.take_turn();
    }
    co_return Result<void>();
}

Task<Result<void>> TlsStream::write(ByteView first, ByteView second) {
    // One record instead of two where head and body are small.
    if (!first.empty() && !second.empty() && first.size() + second.size() <= 16 * kKiB) {
        std::vector<std::byte> joined(first.begin(), first.end());
        joined.insert(joined.end(), second.begin(), second.end());
        co_return co_await write_all(joined);
    }
    BERTH_CO_TRY_VOID(co_await write_all(first));
    co_return co_await write_all(second);
}

Task<Result<void>> TlsStream::send_file(const FileHandle& file, std::uint64_t offset,
                                        std::uint64_t length, const Progress& progress) {
    if (kernel_encrypts()) {
        co_return co_await send_by_kernel(file, offset, length, progress);
    }
    co_return co_await send_by_copy(file, offset, length, progress);
}

Task<Result<void>> TlsStream::send_by_kernel(const FileHandle& file, std::uint64_t offset,
                                             std::uint64_t length, const Progress& progress) {
    PageCacheProbe probe(file, pool_);
    const std::uint64_t end = offset + length;
    while (offset < end) {
        const auto window =
            static_cast<std::size_t>(std::min<std::uint64_t>(end - offset, kTurnBytesMax));
        co_await probe.warm(offset, window, end);
        if (!socket_.is_open()) {
            co_return fail(Errc::cancelled, "connection closed");
        }
        ERR_clear_error();
        const ossl_ssize_t sent =
            SSL_sendfile(ssl_, file.fd(), static_cast<off_t>(offset), window, 0);
        if (sent > 0) {
            offset += static_cast<std::uint64_t>(sent);
            progress();
            if (socket_.uses_up_turn(static_cast<std::size_t>(sent))) {
                co_await socket_.take_turn();
            }
            continue;
        }
        if (sent == 0) {
            co_return fail(Errc::corrupt, "file is shorter than its row says");
        }
        BERTH_CO_TRY_VOID(co_await wait_for(static_cast<int>(sent), "TLS sendfile"));
        co_await socket_.take_turn();
    }
    co_return Result<void>();
}

Task<Result<void>> TlsStream::send_by_copy(const FileHandle& file, std::uint64_t offset,
                                           std::uint64_t length, const Progress& progress) {
    PageCacheProbe probe(file, pool_);
    std::vector<std::byte> buffer(
        static_cast<std::size_t>(std::min<std::uint64_t>(length, kCopyBytes)));
    const std::uint64_t end = offset + length;
    while (offset < end) {
        const auto step =
            static_cast<std::size_t>(std::min<std::uint64_t>(end - offset, buffer.size()));
        co_await probe.warm(offset, step, end);
        const MutableBytes piece(buffer.data(), step);
        BERTH_CO_TRY_VOID(read_exactly(file, piece, offset));
        BERTH_CO_TRY_VOID(co_await write_all(piece));
        progress();
        offset += step;
    }
    co_return Result<void>();
}

Task<void> TlsStream::shutdown_send() {
    if (socket_.is_open()) {
        // One try: the close_notify is a courtesy and must not wait for a peer that reads nothing.
        SSL_shutdown(ssl_);
        ERR_clear_error();
        socket_.shutdown_send();
    }
    co_return;
}

}  // namespace berth::io
