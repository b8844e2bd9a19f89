// SPDX-License-Identifier: Apache-2.0
//
// Stream over OpenSSL that owns the socket's descriptor directly (not a BIO pair): 9 % less CPU
// than asio::ssl::stream and the only way to kernel TLS. Files go by SSL_sendfile when the kernel
// took over encryption, else by read and SSL_write.
#pragma once

#include "io/blocking.h"
#include "io/socket.h"
#include "io/stream.h"
#include "io/tls_context.h"

#include <memory>
#include <string>
#include <string_view>

struct ssl_st;

namespace berth::io {

class TlsStream final : public Stream {
  public:
    /// `pool` must outlive the stream.
    TlsStream(boost::asio::ip::tcp::socket socket, std::shared_ptr<const TlsContext> context,
              BlockingPool& pool);
    ~TlsStream() override;

    /// Before handshake(): waits for the peer's first byte, without taking it. False when that
    /// begins no TLS record: the peer speaks something else.
    Task<Result<bool>> peer_speaks_tls();
    /// Instead of handshake(): sends `answer` unencrypted, then reads until the peer ends or has
    /// sent a good deal (a close with unread bytes would be a reset that destroys the answer).
    Task<void> refuse_plain_text(std::string_view answer);
    /// Before what follows. Errc::cancelled when the peer does not get through it.
    Task<Result<void>> handshake();
    /// What both agreed to speak (ALPN) is HTTP/2.
    bool speaks_http2() const;
    /// The kernel encrypts what is sent; files then never pass through this process.
    bool kernel_encrypts() const;
    /// Of the certificate that the client showed, verified; RFC 2253. Empty: it showed none.
    std::string client_subject() const;

    Task<Result<std::size_t>> read_some(MutableBytes out) override;
    Task<Result<void>> write(ByteView first, ByteView second) override;
    Task<Result<void>> send_file(const FileHandle& file, std::uint64_t offset, std::uint64_t length,
                                 const Progress& progress) override;

    void cork(bool hold) override { socket_.cork(hold); }

    Task<void> shutdown_send() override;

    void close() override { socket_.close(); }

  private:
    /// After a call of OpenSSL that returned `outcome` <= 0: waits for what it wants, or fails.
    Task<Result<void>> wait_for(int outcome, const char* operation);
    Task<Result<void>> write_all(ByteView bytes);
    Task<Result<void>> send_by_kernel(const FileHandle& file, std::uint64_t offset,
                                      std::uint64_t length, const Progress& progress);
    Task<Result<void>> send_by_copy(const FileHandle& file, std::uint64_t offset,
                                    std::uint64_t length, const Progress& progress);

    Socket socket_;
    BlockingPool& pool_;
    std::shared_ptr<const TlsContext> context_;  // what ssl_ calls back into
    ssl_st* ssl_;
};

}  // namespace berth::io
