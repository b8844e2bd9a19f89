// SPDX-License-Identifier: Apache-2.0
//
// The server's TLS settings and certificate: TLS 1.2 and 1.3, session tickets, ALPN http/1.1.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <memory>
#include <string>

struct ssl_ctx_st;

namespace berth::io {

/// What becomes of certificates that clients show.
enum class ClientCertificates : std::uint8_t {
    ignored,
    requested,  // one that is shown must be good
    required,
};

class TlsContext {
  public:
    /// Reads PEM files. Errc::bad_request with what is wrong (missing, unreadable, key does not
    /// fit).
    static Result<std::unique_ptr<TlsContext>> load(const std::string& certificate_file,
                                                    const std::string& key_file);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    ssl_ctx_st* native() const { return context_; }

  private:
    explicit TlsContext(ssl_ctx_st* context) : context_(context) {}

    ssl_ctx_st* context_;
};

}  // namespace berth::io
