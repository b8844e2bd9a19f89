// SPDX-License-Identifier: Apache-2.0
//
// An outgoing connection, plain or TLS, used by one coroutine on its loop's thread. Connects to one
// address that its caller has looked at; resolves nothing. Has no deadlines of its own: close()
// from the same thread ends what is waiting.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "io/client_tls.h"
#include "io/socket.h"
#include "io/task.h"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string>

struct ssl_st;

namespace berth::io {

class ClientStream {
  public:
    /// `socket` is open or not, of the loop this runs on.
    explicit ClientStream(boost::asio::ip::tcp::socket socket);
    ~ClientStream();
    ClientStream(const ClientStream&) = delete;
    ClientStream& operator=(const ClientStream&) = delete;

    /// TLS on a connected socket. `host` is what the certificate must be for, a name or an address
    /// without brackets. Errors: cancelled when the peer goes away or close() is called; denied
    /// when its certificate is not to be trusted or is for somebody else.
    Task<Result<void>> secure(std::shared_ptr<const ClientTls> tls, const std::string& host);

    /// At least one byte, or 0 at the orderly end; with TLS an end without close_notify is an
    /// error (somebody may have cut the answer short). Errc::cancelled otherwise.
    Task<Result<std::size_t>> read_some(MutableBytes out);
    Task<Result<void>> write(ByteView bytes);
    void close();

  private:
    Task<Result<void>> wait_for(int outcome, const char* operation);
    /// One attempt; 0 sent: waited, try again.
    Task<Result<std::size_t>> write_some(ByteView bytes);
    Error tls_error() const;

    Socket socket_;
    std::shared_ptr<const ClientTls> tls_;
    ssl_st* ssl_ = nullptr;
};

/// A connected socket of the current executor. Errc::unavailable when nobody answers there. To end
/// the wait, close `socket`, which must outlive the await.
Task<Result<void>> connect_socket(boost::asio::ip::tcp::socket& socket,
                                  const boost::asio::ip::tcp::endpoint& peer);

}  // namespace berth::io
