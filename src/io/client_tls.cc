// SPDX-License-Identifier: Apache-2.0
#include "io/client_tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>

namespace berth::io {
namespace {

std::string openssl_error(std::string what) {
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    ERR_clear_error();
    return std::move(what) + ": " + text.data();
}

}  // namespace

Result<std::shared_ptr<const ClientTls>> ClientTls::load(const std::string& ca_file) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    if (context == nullptr) {
        return fail(Errc::internal, openssl_error("SSL_CTX_new"));
    }
    auto owner = std::unique_ptr<const ClientTls>(new ClientTls(context));
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    const bool loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(context) == 1
                                        : SSL_CTX_load_verify_file(context, ca_file.c_str()) == 1;
    if (!loaded) {
        return fail(Errc::bad_request,
                    openssl_error(ca_file.empty() ? "cannot load the system's certificates"
                                                  : "cannot read certificates from " + ca_file));
    }
    // What a directory of certificates lacks is no error of this context.
    ERR_clear_error();
    return std::shared_ptr<const ClientTls>(std::move(owner));
}

ClientTls::~ClientTls() {
    SSL_CTX_free(context_);
}

}  // namespace berth::io
