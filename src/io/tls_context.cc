// SPDX-License-Identifier: Apache-2.0
#include "io/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <cstring>
#include <string_view>

namespace berth::io {

namespace {

std::string openssl_error(std::string what) {
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    ERR_clear_error();
    return std::move(what) + ": " + text.data();
}

/// Clients offer h2 and http/1.1; http/1.1 is what we speak.
int select_http1(SSL* /*connection*/, const unsigned char** out, unsigned char* out_length,
                 const unsigned char* offered, unsigned int offered_length, void* /*context*/) {
    constexpr std::string_view kHttp1 = "http/1.1";
    for (unsigned int at = 0; at < offered_length;) {
        const unsigned int length = offered[at];
        const unsigned char* name = offered + at + 1;
        if (at + 1 + length > offered_length) {
            break;
        }
        if (length == kHttp1.size() && std::memcmp(name, kHttp1.data(), length) == 0) {
            *out = name;
            *out_length = static_cast<unsigned char>(length);
            return SSL_TLSEXT_ERR_OK;
        }
        at += 1 + length;
    }
    return SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::load(const std::string& certificate_file,
                                                     const std::string& key_file) {
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    if (context == nullptr) {
        return fail(Errc::internal, openssl_error("SSL_CTX_new"));
    }
    auto owner = std::unique_ptr<TlsContext>(new TlsContext(context));
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    // Kernel TLS is used where the kernel offers it; partial writes keep a turn bounded.
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_ENABLE_KTLS | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(context, select_http1, nullptr);
    const std::string_view session_context = "berth";
    SSL_CTX_set_session_id_context(context,
                                   reinterpret_cast<const unsigned char*>(session_context.data()),
                                   static_cast<unsigned int>(session_context.size()));
    if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1) {
        return fail(Errc::bad_request,
                    openssl_error("cannot read certificate " + certificate_file));
    }
    if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
        return fail(Errc::bad_request, openssl_error("cannot read key " + key_file));
    }
    if (SSL_CTX_check_private_key(context) != 1) {
        return fail(Errc::bad_request, openssl_error("key does not fit the certificate"));
    }
    return owner;
}

TlsContext::~TlsContext() {
    SSL_CTX_free(context_);
}

}  // namespace berth::io
