// SPDX-License-Identifier: Apache-2.0
//
// What outgoing TLS connections trust: the system's certificates or those of one file. TLS 1.2 and
// 1.3; the peer's certificate is always verified. Immutable: any thread.
#pragma once

#include "base/error.h"

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace berth::io {

class ClientTls {
  public:
    /// `ca_file`: PEM certificates that are trusted instead of the system's; empty: the system's.
    /// Reads files and parses hundreds of certificates: BlockingPool only. Errc::bad_request with
    /// what is wrong with the file.
    static Result<std::shared_ptr<const ClientTls>> load(const std::string& ca_file);
    ~ClientTls();
    ClientTls(const ClientTls&) = delete;
    ClientTls& operator=(const ClientTls&) = delete;

    ssl_ctx_st* native() const { return context_; }

  private:
    explicit ClientTls(ssl_ctx_st* context) : context_(context) {}

    ssl_ctx_st* context_;
};

}  // namespace berth::io
