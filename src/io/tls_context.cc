// SPDX-License-Identifier: Apache-2.0
#include "io/tls_context.h"

#include "base/releaser.h"
#include "base/try.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string_view>

namespace berth::io {

namespace {

using Bio = std::unique_ptr<BIO, Releaser<BIO_free>>;
using Certificate = std::unique_ptr<X509, Releaser<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Releaser<EVP_PKEY_free>>;

std::string serial_of(const X509* certificate) {
    const std::unique_ptr<BIGNUM, Releaser<BN_free>> number(
        ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
    if (!number) {
        return {};
    }
    char* digits = BN_bn2hex(number.get());
    std::string text = digits == nullptr ? "" : digits;
    OPENSSL_free(digits);
    return text;
}

std::int64_t seconds_of(const ASN1_TIME* time) {
    std::tm parts{};
    return ASN1_TIME_to_tm(time, &parts) == 1 ? static_cast<std::int64_t>(::timegm(&parts)) : 0;
}

}  // namespace

std::string subject_of(const X509& certificate) {
    const Bio out(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(out.get(), X509_get_subject_name(&certificate), 0, XN_FLAG_RFC2253);
    const char* text = nullptr;
    const long length = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(length)};
}

CertificateSummary summarize(const X509& certificate) {
    return CertificateSummary{.subject = subject_of(certificate),
                              .serial = serial_of(&certificate),
                              .not_after = seconds_of(X509_get0_notAfter(&certificate))};
}

namespace {

/// ECDHE for forward secrecy, AEAD only. TLS 1.3 has nothing else.
constexpr const char* kTls12Suites = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* kGroups = "X25519:P-256:P-384";

std::string openssl_error(std::string what) {
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    ERR_clear_error();
    return std::move(what) + ": " + text.data();
}

std::unexpected<Error> refuse(std::string what) {
    return fail(Errc::bad_request, openssl_error(std::move(what)));
}

Bio reader_of(const std::string& text) {
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Nobody is there to type a passphrase: without this OpenSSL would ask the terminal.
int no_passphrase(char* /*out*/, int /*size*/, int /*writing*/, void* /*context*/) {
    return -1;
}

/// The next certificate of a bundle; nullptr at its end.
Result<Certificate> next_certificate(BIO* reader, const std::string& what) {
    Certificate certificate(PEM_read_bio_X509(reader, nullptr, no_passphrase, nullptr));
    if (!certificate) {
        const unsigned long why = ERR_peek_last_error();
        if (ERR_GET_LIB(why) != ERR_LIB_PEM || ERR_GET_REASON(why) != PEM_R_NO_START_LINE) {
            return refuse("cannot read " + what);
        }
        ERR_clear_error();
    }
    return certificate;
}

/// What we speak, best first.
constexpr std::array<std::string_view, 2> kProtocols{"h2", "http/1.1"};

bool is_offered(std::string_view offered, std::string_view protocol) {
    while (!offered.empty()) {
        const std::size_t length = static_cast<unsigned char>(offered.front());
        if (offered.substr(1, length) == protocol) {
            return true;
        }
        offered.remove_prefix(std::min(1 + length, offered.size()));
    }
    return false;
}

int select_from(std::span<const std::string_view> ours, const unsigned char** out,
                unsigned char* out_length, std::string_view offered) {
    for (const std::string_view protocol : ours) {
        if (is_offered(offered, protocol)) {
            *out = reinterpret_cast<const unsigned char*>(protocol.data());
            *out_length = static_cast<unsigned char>(protocol.size());
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_NOACK;
}

int select_any(SSL* /*connection*/, const unsigned char** out, unsigned char* out_length,
               const unsigned char* offered, unsigned int offered_length, void* /*context*/) {
    return select_from(kProtocols, out, out_length,
                       {reinterpret_cast<const char*>(offered), offered_length});
}

int select_http1(SSL* /*connection*/, const unsigned char** out, unsigned char* out_length,
                 const unsigned char* offered, unsigned int offered_length, void* /*context*/) {
    return select_from(std::span(kProtocols).last(1), out, out_length,
                       {reinterpret_cast<const char*>(offered), offered_length});
}

Result<void> set_protocol(SSL_CTX* context, bool http2) {
    // Kernel TLS is used where the kernel offers it; partial writes keep a turn bounded.
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                     SSL_OP_ENABLE_KTLS | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(context, http2 ? select_any : select_http1, nullptr);
    const std::string_view session_context = "berth";
    SSL_CTX_set_session_id_context(context,
                                   reinterpret_cast<const unsigned char*>(session_context.data()),
                                   static_cast<unsigned int>(session_context.size()));
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context, kTls12Suites) != 1 ||
        SSL_CTX_set1_groups_list(context, kGroups) != 1) {
        return fail(Errc::internal, openssl_error("TLS settings"));
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::make(const TlsMaterial& material) {
    ERR_clear_error();
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    if (context == nullptr) {
        return fail(Errc::internal, openssl_error("SSL_CTX_new"));
    }
    auto owner = std::unique_ptr<TlsContext>(new TlsContext(context));
    BERTH_TRY_VOID(set_protocol(context, material.http2));
    BERTH_TRY_VOID(owner->use_certificate(material.certificate));
    BERTH_TRY_VOID(owner->use_key(material.key));
    if (material.client_certificates != ClientCertificates::ignored) {
        BERTH_TRY_VOID(owner->trust_clients(material.client_ca));
        const bool must = material.client_certificates == ClientCertificates::required;
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (must ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                           nullptr);
    }
    if (material.certificate_for_host) {
        owner->certificate_for_host_ = material.certificate_for_host;
        SSL_CTX_set_cert_cb(context, choose_certificate, owner.get());
    }
    return owner;
}

TlsContext::~TlsContext() {
    SSL_CTX_free(context_);
}

Result<void> TlsContext::use_certificate(const std::string& pem) {
    const Bio reader = reader_of(pem);
    BERTH_TRY(const Certificate leaf, next_certificate(reader.get(), "certificate"));
    if (!leaf) {
        return fail(Errc::bad_request, "cannot read certificate: no certificate in it");
    }
    if (SSL_CTX_use_certificate(context_, leaf.get()) != 1) {
        return refuse("cannot use certificate");
    }
    while (true) {
        BERTH_TRY(Certificate link, next_certificate(reader.get(), "certificate chain"));
        if (!link) {
            break;
        }
        if (SSL_CTX_add0_chain_cert(context_, link.get()) != 1) {
            return refuse("cannot use certificate chain");
        }
        (void)link.release();  // the context's now
    }
    summary_ = summarize(*leaf);
    return {};
}

Result<void> TlsContext::use_key(const std::string& pem) {
    const Bio reader = reader_of(pem);
    const Key key(PEM_read_bio_PrivateKey(reader.get(), nullptr, no_passphrase, nullptr));
    if (!key) {
        return refuse("cannot read key");
    }
    if (SSL_CTX_use_PrivateKey(context_, key.get()) != 1 ||
        SSL_CTX_check_private_key(context_) != 1) {
        return refuse("key does not fit the certificate");
    }
    return {};
}

Result<void> TlsContext::trust_clients(const std::string& pem) {
    X509_STORE* store = SSL_CTX_get_cert_store(context_);
    const Bio reader = reader_of(pem);
    std::size_t count = 0;
    while (true) {
        BERTH_TRY(const Certificate authority,
                  next_certificate(reader.get(), "clients' authorities"));
        if (!authority) {
            break;
        }
        if (X509_STORE_add_cert(store, authority.get()) != 1 ||
            SSL_CTX_add_client_CA(context_, authority.get()) != 1) {
            return refuse("cannot use clients' authorities");
        }
        ++count;
    }
    if (count == 0) {
        return fail(Errc::bad_request, "cannot read clients' authorities: no certificate in them");
    }
    // An intermediate in the bundle is meant to be trusted as it is.
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    return {};
}

// 1: go on with the certificate that is set. What goes wrong here leaves the usual one.
int TlsContext::choose_certificate(SSL* connection, void* self) {
    const char* host = SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name);
    if (host == nullptr) {
        return 1;
    }
    const auto* context = static_cast<const TlsContext*>(self);
    const std::optional<std::string> pem = context->certificate_for_host_(host);
    if (!pem) {
        return 1;
    }
    const Bio reader = reader_of(*pem);
    const Certificate certificate(PEM_read_bio_X509(reader.get(), nullptr, no_passphrase, nullptr));
    // OpenSSL would take one that does not fit, and drop the key.
    if (certificate &&
        X509_check_private_key(certificate.get(), SSL_get_privatekey(connection)) == 1) {
        SSL_use_certificate(connection, certificate.get());
    }
    ERR_clear_error();
    return 1;
}

}  // namespace berth::io
