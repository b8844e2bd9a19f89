// SPDX-License-Identifier: Apache-2.0
//
// The server's TLS settings and certificate, immutable once made: TLS 1.2 and 1.3 with forward
// secrecy and AEAD only, session tickets, ALPN h2 and http/1.1. Every connection shares the context
// that it began with, so that another one may take its place meanwhile. Any thread.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct ssl_ctx_st;
struct ssl_st;
struct x509_st;

namespace berth::io {

/// What becomes of certificates that clients show.
enum class ClientCertificates : std::uint8_t {
    ignored,
    requested,  // one that is shown must be good
    required,
};

/// A PEM certificate for the host name that a client asks for and for the key in use; nullopt: the
/// usual one. Called on I/O threads, once per handshake.
using CertificateForHost = std::function<std::optional<std::string>(std::string_view host)>;

/// PEM texts.
struct TlsMaterial {
    TlsMaterial() = default;
    std::string certificate;  // the server's first, then those up to its authority
    std::string key;
    ClientCertificates client_certificates = ClientCertificates::ignored;
    std::string client_ca;  // the only authorities that clients' certificates may come from
    CertificateForHost certificate_for_host;
    bool http2 = false;  // offered beside HTTP/1.1
};

/// What people want to know of a certificate.
struct CertificateSummary {
    std::string subject;         // RFC 2253
    std::string serial;          // hex
    std::int64_t not_after = 0;  // seconds since 1970
};

/// RFC 2253.
std::string subject_of(const x509_st& certificate);
CertificateSummary summarize(const x509_st& certificate);

class TlsContext {
  public:
    /// Errc::bad_request with what is wrong (unreadable, encrypted, key does not fit).
    static Result<std::unique_ptr<TlsContext>> make(const TlsMaterial& material);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    ssl_ctx_st* native() const { return context_; }

    const CertificateSummary& certificate() const { return summary_; }

  private:
    explicit TlsContext(ssl_ctx_st* context) : context_(context) {}

    Result<void> use_certificate(const std::string& pem);
    Result<void> use_key(const std::string& pem);
    Result<void> trust_clients(const std::string& pem);
    static int choose_certificate(ssl_st* connection, void* self);

    ssl_ctx_st* context_;
    CertificateSummary summary_;
    CertificateForHost certificate_for_host_;
};

}  // namespace berth::io
